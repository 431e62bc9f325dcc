"""Public datasets, downloaded from their hosts and prepared on first use like a user's own data."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path, PurePosixPath
from shutil import rmtree
from typing import Literal

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.processes.locks import lock_file
from rlmrec.data.dataset import Dataset
from rlmrec.data.download import fetched, has_checksum, unpack
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import StoredFile
from rlmrec.preparation.prepare import prepare_raw
from rlmrec.public.lightgcn import LIGHTGCN
from rlmrec.public.movielens import MOVIELENS

RECIPES = LIGHTGCN | MOVIELENS
Name = Literal["gowalla", "yelp2018", "amazon_book", "ml_100k", "ml_1m", "ml_latest_small"]
VERSION = 2
"""Version of the preparation; increase it when the same files and recipe produce different data."""


class PublicDataset:
    """A publicly available dataset, whose raw files are prepared once into a dataset folder.

    Args:
        name: name of the dataset.
        cache: folder of the raw files and the prepared dataset.
        root: folder that already contains the raw files; prevents a download.
        download: whether absent files may be downloaded.
    """

    def __init__(self, name: Name, cache: str, root: str | None = None, download: bool = True) -> None:
        self.name = name
        self.recipe = RECIPES[name]
        self.place = Path(cache, "public", name)
        self.root = root
        self.download = download

    def load(self) -> Dataset:
        """Return the dataset, from the cache if the same files were already prepared in the same way.

        Raises:
            MissingFilesError: if a file is missing in ``root``, or may not be downloaded.
            UserError: if a file cannot be downloaded, or has the wrong format.
        """
        raw = self.place / "raw" if self.root is None else Path(self.root)
        absent = [name for name in self.recipe.files if not (raw / name).is_file()]
        if absent and (self.root is not None or not self.download):
            raise MissingFilesError(
                f"{raw} has no {', '.join(absent)}: set dataset.root to the folder that holds "
                f"{', '.join(self.recipe.files)}, or leave it out to fetch them from {self.recipe.url}"
            )
        folder = None if absent else self.place / self._prepared_name(raw)
        if folder is None or not folder.exists():  # a filled cache may be read-only
            folder = self._prepare(raw)
        name = self.name if self._is_known(raw) else f"{self.name} (other files)"
        return FolderDataset(str(folder), name=name, allow_empty_training_rows=True).load()

    def _prepare(self, raw: Path) -> Path:
        try:
            self.place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.place} cannot be made: {error.strerror}") from None
        with lock_file(self.place / ".lock"):  # jobs of a sweep may need it concurrently
            if self.root is None:
                self._fetch(raw)
            folder = self.place / self._prepared_name(raw)
            if not folder.exists():
                source = replace(self.recipe.source, root=str(raw))
                if not self._is_known(raw):
                    source = replace(source, description=f"{raw}: other files than those known as {self.name}")
                prepare_raw(source, self.recipe.filters, self.recipe.split, str(folder))
        return folder

    def _is_known(self, raw: Path) -> bool:
        """Return whether the files match the checksums of the recipe, where it has any."""
        known = {name: self.recipe.checksums.get(name) for name in self.recipe.files}
        return all(checksum is None or has_checksum(raw / name, checksum) for name, checksum in known.items())

    def _fetch(self, raw: Path) -> None:
        url, checksums = self.recipe.url, self.recipe.checksums
        if url.endswith("/"):
            for name in self.recipe.files:
                fetched(url + name, checksums.get(name), raw)
        elif not all((raw / name).is_file() for name in self.recipe.files):
            rmtree(raw, ignore_errors=True)
            archive = fetched(url, checksums.get(PurePosixPath(url).name), self.place)
            what = f"files {', '.join(self.recipe.files)}"
            unpack(archive, raw, lambda member: member.name in self.recipe.files, what)
            if absent := [name for name in self.recipe.files if not (raw / name).is_file()]:
                raise UserError(f"{archive} holds no {', '.join(absent)}: remove it and run the command again")

    def _prepared_name(self, raw: Path) -> str:
        """Return a folder name that is determined by the files and their entire preparation."""
        contents = {name: StoredFile.of(raw / name).sha256 for name in self.recipe.files}
        recipe = json.dumps([VERSION, repr(self.recipe), contents])
        return f"prepared-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
