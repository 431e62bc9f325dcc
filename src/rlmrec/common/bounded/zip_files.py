"""Zip archives from untrusted sources that several libraries read: all must see the same members."""

import zipfile
from pathlib import Path

END, ZIP64_LOCATOR, ZIP64_END = 22, 20, 56
"""Sizes in bytes of the records at the end of an archive without a comment."""


def stored_members(path: Path) -> zipfile.ZipFile:
    """Open an archive whose members are uncompressed and together no larger than the file.

    Raises:
        ValueError: if it is compressed, has duplicate members, or could be read in more than one way.
        zipfile.BadZipFile: if it is not an archive.
        OSError: if it cannot be read.
    """
    _check_ends(path)
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    names = [member.filename.lower() for member in members]  # some readers ignore case
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise ValueError(f"{member.filename} is compressed, which torch.save never does")
    if sum(member.file_size for member in members) > path.stat().st_size:
        raise ValueError("its members overlap")
    if len(set(names)) < len(names) or any("\\" in name for name in names):
        raise ValueError("it holds members of the same name")
    return archive


def _check_ends(path: Path) -> None:
    """Check that the archive begins with its first member and ends with its only central directory.

    Raises:
        ValueError: if there is anything else, which some readers would take for another archive.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(4)
        file.seek(max(size - END - ZIP64_LOCATOR - ZIP64_END, 0))
        tail = file.read()
    if begin != b"PK\x03\x04":
        raise ValueError("it is no zip archive")
    end, locator, end64 = tail[-END:], tail[-END - ZIP64_LOCATOR : -END], tail[: -END - ZIP64_LOCATOR]
    if end[:4] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        raise ValueError("it does not end as an archive does")
    table_end = size - END
    length, start = (int.from_bytes(end[place : place + 4], "little") for place in (12, 16))
    if locator[:4] == b"PK\x06\x07":
        table_end -= ZIP64_LOCATOR + ZIP64_END
        if int.from_bytes(locator[8:16], "little") != table_end or end64[:4] != b"PK\x06\x06":
            raise ValueError("its table of members is not where it says")
        length, start = (int.from_bytes(end64[place : place + 8], "little") for place in (40, 48))
    if start + length != table_end:
        raise ValueError("its table of members is not where it says")
