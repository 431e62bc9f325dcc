"""Checks of the files of an import and of the content they would replace."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rlmrec.common.errors import MissingFilesError, UserError


def chosen_files(files: Mapping[str, str | None]) -> dict[str, Path]:
    """Return the files that are set, keyed by ``users`` and ``items``.

    Raises:
        UserError: if none is set.
        MissingFilesError: if a file does not exist.
    """
    chosen = {kind: Path(name) for kind, name in files.items() if name is not None}
    if not chosen:
        raise UserError("name a file: users=..., items=..., or both")
    for kind, path in chosen.items():
        require_file(kind, path)
    return chosen


def require_file(option: str, path: Path) -> None:
    """Check that the file of an option exists.

    Raises:
        MissingFilesError: if it does not.
    """
    if not path.is_file():
        raise MissingFilesError(f"{option}={path}: there is no such file")


def refuse_replacing(folder: Path, part: str, present: Sequence[str], replace: bool) -> None:
    """Refuse to replace existing content of a folder unless this is intended.

    Args:
        folder: path of the dataset folder.
        part: ``profiles`` or ``embeddings``.
        present: kinds to import, of ``users`` and ``items``, with existing content.
        replace: whether replacing it is intended.

    Raises:
        UserError: if content would be replaced unintentionally.
    """
    if present and not replace:
        raise UserError(
            f"{folder} has {part} of {' and '.join(present)} already: replace=true puts these in their place"
        )
