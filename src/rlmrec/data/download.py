"""Resumable downloads and safe unpacking of archives."""

import hashlib
import logging
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pooch
import requests

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.files import new_folder
from rlmrec.common.terminal import progress_bar

MAX_UNPACKED_BYTES = 4 * 2**30
"""Limit on the unpacked size of an archive, above that of every known dataset."""
GIT = "git:"
"""Prefix of a checksum that is a Git blob hash, which pooch does not know."""


def fetched(url: str, checksum: str | None, cache: Path) -> Path:
    """Return the path of a file, downloading it if it is not in the cache.

    Args:
        url: URL of the file.
        checksum: checksum such as ``sha256:...``, ``md5:...`` or ``git:...``; None if unknown.
        cache: folder to keep the file in.

    Raises:
        UserError: if the file cannot be downloaded or its checksum differs.
    """
    pooch.get_logger().setLevel(logging.WARNING)
    name = PurePosixPath(url).name
    downloader = ResumingDownloader(cache / f"{name}.part")
    known = None if checksum and checksum.startswith(GIT) else checksum
    try:
        path = Path(pooch.retrieve(url, known, name, cache, downloader=downloader))
        if checksum and known is None and not has_checksum(path, checksum):
            path.unlink()
            raise ValueError(f"its git name is not {checksum.removeprefix(GIT)}")
    except (requests.RequestException, ValueError, OSError) as error:
        raise UserError(
            f"{url} could not be fetched: {error}. Run the command again to resume, or fetch it by hand and set "
            "dataset.root to the unpacked folder"
        ) from None
    return path


def has_checksum(path: Path, checksum: str) -> bool:
    """Return whether a file has a checksum, such as ``sha256:...``, ``md5:...`` or ``git:...``."""
    if checksum.startswith(GIT):
        return GIT + _git_name(path.read_bytes()) == checksum
    algorithm, _, digest = checksum.rpartition(":")
    return pooch.file_hash(str(path), alg=algorithm or "sha256") == digest


def _git_name(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class ResumingDownloader:
    """A downloader for pooch that resumes an interrupted download.

    Args:
        part: path of the unfinished download.
    """

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download ``url`` to ``output_file``, with a progress bar."""
        done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
        with requests.get(url, headers=headers, stream=True, timeout=30) as response:
            # The server refuses a range that starts at the end: the download is complete.
            if response.status_code != requests.codes.requested_range_not_satisfiable:
                response.raise_for_status()
                self._receive(response, done if response.status_code == requests.codes.partial_content else 0)
        shutil.move(self.part, output_file)

    def _receive(self, response: requests.Response, done: int) -> None:
        total = done + int(response.headers.get("Content-Length", 0))
        bar = progress_bar(total=total or None, initial=done, unit="B", unit_scale=True, desc=Path(response.url).name)
        with self.part.open("ab" if done else "wb") as file, bar:
            for chunk in response.iter_content(2**16):
                file.write(chunk)
                bar.update(len(chunk))
        if total and self.part.stat().st_size < total:
            raise requests.ConnectionError(f"the connection ended after {self.part.stat().st_size} of {total} bytes")


def unpack(archive: Path, folder: Path, wanted: Callable[[PurePosixPath], bool], what: str) -> None:
    """Unpack selected files of an archive into a new folder, which is created completely or not at all.

    Each file is written under its base name, so that no path or link in the archive can point outside the folder.

    Args:
        archive: path of a zip archive.
        folder: destination; must not exist.
        wanted: function that returns whether to unpack the member of a name.
        what: description of the selected files, for messages.

    Raises:
        UserError: if the archive has none of the files, is damaged, or unpacks to more than any known dataset.
    """
    try:
        with new_folder(folder) as partial, zipfile.ZipFile(archive) as source:
            members = [info for info in source.infolist() if wanted(PurePosixPath(info.filename))]
            if sum(info.file_size for info in members) > MAX_UNPACKED_BYTES:
                raise UserError(f"{archive} would unpack to more than {MAX_UNPACKED_BYTES} bytes: refused")
            if not members:
                raise UserError(f"{archive} holds no {what}")
            names = [PurePosixPath(info.filename).name for info in members]
            if len(set(names)) < len(names):
                raise UserError(f"{archive} holds {max(names, key=names.count)} more than once")
            for info in progress_bar(members, desc=f"unpacking {folder.name}", unit="file"):
                with (
                    source.open(info) as packed,
                    (partial / PurePosixPath(info.filename).name).open("wb") as file,
                ):
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{archive} is damaged ({error}): remove it and run the command again") from None
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or an unsupported compression method
        raise UserError(f"{archive} cannot be unpacked: {one_line(error)}") from None
