"""The manifest of a dataset folder."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from rlmrec.common.bounded.small_files import small_content
from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.files import atomic_write
from rlmrec.common.versions import read_version, refuse_newer
from rlmrec.data.manifest.records import Line, PreparationRecord, TextRecord

FILE = "manifest.json"
FORMAT = 1
"""Version of the format of dataset folders."""
Part = Literal["profiles", "embeddings"]
UNFINISHED = "unfinished"
"""Marks a manifest entry while files are replaced: those of users and items may be of different states."""


class StoredFile(BaseModel):
    """The checksum and size of a file."""

    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> "StoredFile":
        """Return the checksum and size of a file."""
        with path.open("rb") as file:
            return cls(sha256=hashlib.file_digest(file, "sha256").hexdigest(), bytes=path.stat().st_size)


class Manifest(BaseModel):
    """The manifest of a dataset folder; handwritten ones need only the first four fields."""

    model_config = ConfigDict(extra="forbid")

    format_version: PositiveInt = FORMAT
    name: Line
    num_users: PositiveInt
    num_items: PositiveInt
    description: Line = ""
    source: Line = ""
    allow_empty_training_rows: bool = False
    interactions: dict[str, int] = {}
    preparation: PreparationRecord = {}
    profiles: TextRecord = {}
    embeddings: TextRecord = {}
    created_with: dict[str, str] = {}
    files: dict[str, StoredFile] = {}

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Return the manifest of a folder.

        Raises:
            UserError: if it is missing, or fields are invalid; names them.
        """
        path = folder / FILE
        if not folder.is_dir():
            raise MissingFilesError(f"{folder} is not a folder")
        if not path.is_file():
            raise MissingFilesError(f"{folder} lacks {FILE}: docs/data_format.md says what a dataset folder holds")
        try:
            content = small_content(path)
            refuse_newer(read_version(content), FORMAT, path)
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise UserError(f"{path}: {problems_of(error)}") from None
        except (ValueError, OSError) as error:
            raise UserError(f"{path} is no manifest: {one_line(error)}") from None

    def verify(self, folder: Path, names: Collection[str] | None = None) -> None:
        """Verify the checksums of the listed files.

        Args:
            folder: path of the dataset folder.
            names: names of the files to check; all by default.

        Raises:
            UserError: if a file is missing or differs; names the first.
        """
        for problem in self.file_problems(folder, names):
            raise problem

    def file_problems(self, folder: Path, names: Collection[str] | None = None) -> Iterator[UserError]:
        """Yield an error for every listed file that is missing or differs; see ``verify``."""
        for name, expected in self.files.items():
            path = folder / name
            if names is not None and name not in names:
                continue
            if Path(name).name != name:
                yield UserError(f"{folder / FILE} lists {name}, which is no name of a file in the folder")
            elif not path.is_file():
                yield MissingFilesError(f"{path} is missing, but {FILE} lists it")
            elif StoredFile.of(path) != expected:
                yield UserError(
                    f"{path} is not the file that {FILE} describes: make the folder again, or, if the change is "
                    f"meant, remove the file's entry from {FILE} or set dataset.verify_checksums=false"
                )

    def refuse_replacing_imported(self, folder: Path, part: Part, kinds: Collection[str], replace: bool) -> None:
        """Refuse to replace imported profiles or embeddings, which cannot be made again here.

        Args:
            folder: path of the dataset folder.
            part: ``profiles`` or ``embeddings``.
            kinds: kinds to be replaced, of ``users`` and ``items``.
            replace: whether replacing imported ones is intended.

        Raises:
            UserError: if imported ones would be replaced unintentionally.
        """
        imported = getattr(self, part).get("imported", {})
        lost = [kind for kind in kinds if kind in imported]
        if lost and not replace:
            raise UserError(
                f"the {part} of {' and '.join(lost)} in {folder} were imported ({imported[lost[0]]['origin']}): "
                "replace=true puts others in their place"
            )

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder, atomically."""
        atomic_write(folder / FILE, self.model_dump_json(indent=2) + "\n")


def problems_of(error: ValidationError) -> str:
    """Return the invalid fields of a manifest and what is wrong with them, in one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())


def imported_from(origin: str | None, paths: Sequence[Path], **counts: Any) -> dict[str, Any]:
    """Return the manifest entry of imported profiles or embeddings of one kind, without paths or times.

    Args:
        origin: their author or generator, in a few words; the names of the files by default.
        paths: paths of the files.
        counts: further counts to record, such as the number of rows.
    """
    files = [{"name": path.name, **StoredFile.of(path).model_dump()} for path in paths]
    return {"origin": origin or " with ".join(path.name for path in paths), "files": files, **counts}


def merged(earlier: dict[str, Any], new: dict[str, Any], kept: Collection[str]) -> dict[str, Any]:
    """Return the manifest entry of profiles or embeddings after those of some kinds were replaced.

    Args:
        earlier: the current entry.
        new: entry of the new profiles or embeddings; ``imported`` has an entry for each imported kind.
        kept: kinds, of ``users`` and ``items``, that were not replaced.
    """
    imported = {kind: about for kind, about in earlier.get("imported", {}).items() if kind in kept}
    imported |= new.get("imported", {})
    means: dict[str, dict[str, int]] = {}
    for name in ("mean_vectors", "mean_rows"):
        of_kept = {kind: number for kind, number in earlier.get(name, {}).items() if kind in kept}
        means[name] = of_kept | {kind: number for kind, number in new.get(name, {}).items() if kind not in kept}
    made_here = [kind for kind in kept if kind not in imported]
    info = {name: value for name, value in (earlier if made_here else {}).items() if name != UNFINISHED} | new
    info = {name: value for name, value in info.items() if name not in means}
    return info | ({"imported": imported} if imported else {}) | {name: kinds for name, kinds in means.items() if kinds}


def origins(info: Mapping[str, Any]) -> list[str]:
    """Return the origins of imported profiles or embeddings, such as ``my encoder (imported, users and items)``."""
    kinds: dict[str, list[str]] = {}
    for kind, about in info.get("imported", {}).items():
        kinds.setdefault(about["origin"], []).append(kind)
    return [f"{origin} (imported, {' and '.join(sorted(of, reverse=True))})" for origin, of in kinds.items()]
