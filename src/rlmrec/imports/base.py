"""The base class of imports of profiles and embeddings."""

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
    """An import of files of users, items or both, joined by id into a dataset folder.

    Args:
        folder: path of a folder in the native format.
        users: file of users; None leaves those in the folder unchanged.
        items: file of items; None leaves those in the folder unchanged.
        formats: formats of ``users`` and ``items`` if they are tables; ``auto`` recognises one by the file's name and
            first lines.
        match: whether the ids in the files are the folder's external ids or its internal ids.
        missing: whether users or items missing from the files are refused or allowed.
        origin: author or generator of the content, in a few words, for the manifest; the names of the files by default.
        replace: whether existing content of the folder may be replaced.
        encoding: encoding of text.
        quoting: whether values of delimited text may be in double quotes; None refuses ambiguous files.
        header: whether the first line of delimited text names the columns; None detects it.
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
        """Read, check and join all files, then write them into the folder.

        Returns:
            The manifest entries of the kinds, ``users`` and ``items``.

        Raises:
            UserError: if a file, column, array or option is wrong; names it. The folder is left unchanged.
        """
        files = chosen_files({"users": self.users, "items": self.items})
        with writing(self.folder):
            return self._import(Path(self.folder), files)

    @abstractmethod
    def _import(self, root: Path, files: dict[str, Path]) -> dict[str, Any]:
        """Implement :meth:`run` for the selected files, keyed by ``users`` and ``items``."""

    def _id_names(self, kind: str) -> list[str]:
        return id_names(kind, Manifest.read(Path(self.folder)))

    def _text(self) -> Reading:
        return Reading(self.encoding, self.quoting, self.header)
