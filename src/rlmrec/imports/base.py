"""The base of imports of profiles and of embeddings."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlmrec.common.processes.locks import writing
from rlmrec.data.dataset import KINDS
from rlmrec.data.manifest import Manifest
from rlmrec.formats import Reading
from rlmrec.imports.matching import Match, Missing
from rlmrec.imports.origin import chosen_files
from rlmrec.imports.tables import AUTO, id_names


@dataclass(frozen=True)
class Import(ABC):
    """Files of users or items, or of both, joined by id and put into a dataset folder.

    Args:
        folder: a dataset in the native folder format.
        users: file of users; None leaves theirs in the folder as they are.
        items: file of items.
        formats: of ``users`` and ``items`` if they are tables; ``auto`` goes by the file's name and first lines.
        match: what the ids in the files are: the folder's external ids, or its own numbers.
        missing: whether users or items that the files lack are refused or allowed.
        origin: who or what made them, in a few words, for the manifest; the names of the files by default.
        replace: put them in place of what the folder has already.
        encoding: of text.
        quoting: whether values of delimited text may stand in double quotes.
        header: whether delimited text names its columns in the first line; None looks.
    """

    folder: str
    users: str | None = None
    items: str | None = None
    formats: dict[str, str] = field(default_factory=lambda: dict.fromkeys(KINDS, AUTO))
    match: Match = "external_id"
    missing: Missing = "refuse"
    origin: str | None = None
    replace: bool = False
    encoding: str = "utf-8"
    quoting: bool | None = None
    header: bool | None = None

    def run(self) -> dict[str, Any]:
        """Read, check and join all, then put them into the folder.

        Returns:
            What the manifest says of each kind, by ``users`` and ``items``.

        Raises:
            UserError: names the file, column, array or option that is wrong; the folder stays as it was.
        """
        files = chosen_files({"users": self.users, "items": self.items})
        with writing(self.folder):
            return self._import(Path(self.folder), files)

    @abstractmethod
    def _import(self, root: Path, files: dict[str, Path]) -> dict[str, Any]:
        """Do what :meth:`run` says with the chosen files, by ``users`` and ``items``."""

    def _id_names(self, kind: str) -> list[str]:
        return id_names(kind, Manifest.read(Path(self.folder)))

    def _text(self) -> Reading:
        return Reading(self.encoding, self.quoting, self.header)
