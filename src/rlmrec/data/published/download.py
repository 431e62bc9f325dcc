"""Fetching and unpacking the published bundle."""

import logging
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import pooch
import requests

from rlmrec.common.errors import UserError
from rlmrec.common.files import new_folder
from rlmrec.common.processes.locks import lock_file
from rlmrec.common.terminal import progress_bar
from rlmrec.data.published.layout import EMBEDDINGS, PROFILES, SPLITS

MEMBERS = frozenset([*SPLITS.values(), *EMBEDDINGS.values(), *PROFILES.values()])
MAX_UNPACKED_BYTES = 4 * 2**30
"""More than all three published datasets take together; an archive that unpacks to more is refused."""


def fetch_bundle(url: str, sha256: str, cache: Path, name: str) -> Path:
    """Return the folder of one dataset of the bundle, fetched and unpacked if it is not yet there.

    Args:
        url: of the zip archive.
        sha256: its checksum.
        cache: where archive and folders are kept.
        name: of the dataset.

    Raises:
        UserError: if the archive cannot be fetched, has another checksum, lacks the dataset or is not safe to unpack.
    """
    folder = cache / "published" / name
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{url} could not be fetched into {cache}: {error.strerror}") from None
    with lock_file(cache / ".published.lock"):  # jobs of a sweep may ask for it at the same time
        if not folder.is_dir():
            unpack(_fetched(url, sha256, cache), folder)
    return folder


def _fetched(url: str, sha256: str, cache: Path) -> Path:
    """Return the archive, fetched if it is not yet there."""
    pooch.get_logger().setLevel(logging.WARNING)
    downloader = ResumingDownloader(cache / f"{Path(url).name}.part")
    try:
        return Path(pooch.retrieve(url, f"sha256:{sha256}", Path(url).name, cache, downloader=downloader))
    except (requests.RequestException, ValueError, OSError) as error:
        raise UserError(
            f"{url} could not be fetched: {error}. Run the command again to resume, or fetch it by hand and set "
            "dataset.root to the unpacked folder"
        ) from None


class ResumingDownloader:
    """A downloader for pooch that resumes an interrupted download.

    Args:
        part: where an unfinished download is kept.
    """

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Fetch ``url`` into ``output_file``, with a progress bar."""
        done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
        with requests.get(url, headers=headers, stream=True, timeout=30) as response:
            # The server refuses a range that starts at the end: nothing is left to fetch.
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


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the known files of one dataset; the folder appears whole or not at all.

    Only members named ``.../<dataset>/<known file>`` are read, each into a file of its plain name, so that no path or
    link in the archive can reach outside the folder.

    Args:
        archive: a zip archive.
        folder: where to; its name is the dataset's.

    Raises:
        UserError: if the archive lacks the dataset, is damaged, or unpacks to more than any published dataset.
    """
    try:
        with new_folder(folder) as partial, zipfile.ZipFile(archive) as source:
            members = [info for info in source.infolist() if _belongs(info.filename, folder.name)]
            if sum(info.file_size for info in members) > MAX_UNPACKED_BYTES:
                raise UserError(f"{archive} would unpack to more than {MAX_UNPACKED_BYTES} bytes: refused")
            if not members:
                raise UserError(f"{archive} holds no dataset {folder.name}")
            for info in progress_bar(members, desc=f"unpacking {folder.name}", unit="file"):
                with (
                    source.open(info) as packed,
                    (partial / PurePosixPath(info.filename).name).open("wb") as file,
                ):
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UserError(f"{archive} is damaged ({error}): remove it and run the command again") from None


def _belongs(member: str, dataset: str) -> bool:
    parts = PurePosixPath(member).parts
    return len(parts) >= 2 and parts[-2] == dataset and parts[-1] in MEMBERS and ".." not in parts
