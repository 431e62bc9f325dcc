"""Downloading and unpacking the published bundle."""

from pathlib import Path, PurePosixPath

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.processes.locks import lock_file
from rlmrec.data.download import fetched, unpack
from rlmrec.data.published.layout import EMBEDDINGS, PROFILES, SPLITS

MEMBERS = frozenset([*SPLITS.values(), *EMBEDDINGS.values(), *PROFILES.values()])


def fetch_bundle(url: str, sha256: str, cache: Path, name: str, download: bool = True) -> Path:
    """Return the folder of one dataset of the bundle, downloading and unpacking it if necessary.

    Args:
        url: URL of the zip archive.
        sha256: SHA-256 checksum of the archive.
        cache: folder of the archive and the unpacked datasets.
        name: name of the dataset.
        download: whether the archive may be downloaded.

    Raises:
        MissingFilesError: if the dataset is absent and may not be downloaded.
        UserError: if the archive cannot be downloaded, has another checksum, lacks the dataset or is unsafe to unpack.
    """
    folder = cache / "published" / name
    if folder.is_dir():
        return folder
    if not download:
        raise MissingFilesError(f"{folder} is missing")
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{url} could not be fetched into {cache}: {error.strerror}") from None
    with lock_file(cache / ".published.lock"):  # jobs of a sweep may need it concurrently
        if not folder.is_dir():
            unpack_dataset(fetched(url, f"sha256:{sha256}", cache), folder)
    return folder


def unpack_dataset(archive: Path, folder: Path) -> None:
    """Unpack the known files of one dataset, members named ``.../<dataset>/<known file>``.

    Args:
        archive: path of a zip archive.
        folder: destination, named like the dataset.

    Raises:
        UserError: if ``unpack`` refuses the archive.
    """

    def belongs(member: PurePosixPath) -> bool:
        parts = member.parts
        return len(parts) >= 2 and parts[-2] == folder.name and parts[-1] in MEMBERS and ".." not in parts

    unpack(archive, folder, belongs, f"dataset {folder.name}")
