"""The manifest of a dataset folder."""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, PositiveInt, ValidationError

from rlmrec.common.bounded.json_files import small_content
from rlmrec.common.bounded.values import refuse_text
from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.files import atomic_write

FILE = "manifest.json"


def _line(text: str) -> str:
    """Return a text that may be shown in a terminal.

    Raises:
        ValueError: if it is long, or holds control characters.
    """
    refuse_text(text)
    return text


Line = Annotated[str, AfterValidator(_line)]


class StoredFile(BaseModel):
    """Checksum and size of a file."""

    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> "StoredFile":
        """Return the checksum and size of a file."""
        with path.open("rb") as file:
            return cls(sha256=hashlib.file_digest(file, "sha256").hexdigest(), bytes=path.stat().st_size)


class Manifest(BaseModel):
    """The content of a dataset folder; hand-made folders need only the first four fields."""

    model_config = ConfigDict(extra="forbid")

    format_version: Literal[1]
    name: Line
    num_users: PositiveInt
    num_items: PositiveInt
    description: Line = ""
    source: Line = ""
    allow_empty_training_rows: bool = False
    interactions: dict[str, int] = {}
    preparation: dict[str, Any] = {}
    profiles: dict[str, Any] = {}
    embeddings: dict[str, Any] = {}
    created_with: dict[str, str] = {}
    files: dict[str, StoredFile] = {}

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Return the manifest of a folder.

        Raises:
            UserError: if it is missing, or names the fields that are wrong.
        """
        path = folder / FILE
        if not folder.is_dir():
            raise MissingFilesError(f"{folder} is not a folder")
        if not path.is_file():
            raise MissingFilesError(f"{folder} lacks {FILE}: docs/data_format.md says what a dataset folder holds")
        try:
            return cls.model_validate_json(small_content(path))
        except ValidationError as error:
            problems = (f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
            raise UserError(f"{path}: {'; '.join(problems)}") from None
        except (ValueError, OSError) as error:
            raise UserError(f"{path} is no manifest: {one_line(error)}") from None

    def verify(self, folder: Path, names: Collection[str] | None = None) -> None:
        """Compare the listed files with their checksums.

        Args:
            folder: the folder.
            names: files to check; all by default.

        Raises:
            UserError: names the files that are missing or differ.
        """
        for name, expected in self.files.items():
            if names is not None and name not in names:
                continue
            path = folder / name
            if Path(name).name != name:
                raise UserError(f"{folder / FILE} lists {name}, which is no name of a file in the folder")
            if not path.is_file():
                raise MissingFilesError(f"{path} is missing, but {FILE} lists it")
            if StoredFile.of(path) != expected:
                raise UserError(
                    f"{path} is not the file that {FILE} describes: make the folder again, or, if the change is "
                    f"meant, remove the file's entry from {FILE} or set dataset.verify_checksums=false"
                )

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder, atomically."""
        atomic_write(folder / FILE, self.model_dump_json(indent=2) + "\n")
