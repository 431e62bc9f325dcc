"""The files that an import takes, and what they may replace."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rlmrec.common.errors import MissingFilesError, UserError


def chosen_files(files: Mapping[str, str | None]) -> dict[str, Path]:
    """Return the files that are given, by ``users`` and ``items``.

    Raises:
        UserError: if there is none.
        MissingFilesError: if one is not there.
    """
    chosen = {kind: Path(name) for kind, name in files.items() if name is not None}
    if not chosen:
        raise UserError("name a file: users=..., items=..., or both")
    for kind, path in chosen.items():
        require_file(kind, path)
    return chosen


def require_file(option: str, path: Path) -> None:
    """Check that an option names a file.

    Raises:
        MissingFilesError: if it does not.
    """
    if not path.is_file():
        raise MissingFilesError(f"{option}={path}: there is no such file")


def refuse_replacing(folder: Path, part: str, present: Sequence[str], replace: bool) -> None:
    """Refuse to replace what a folder has already, unless that is meant.

    Args:
        folder: of the dataset.
        part: ``profiles`` or ``embeddings``.
        present: those of the imported kinds, ``users`` and ``items``, that have some.
        replace: whether it is.

    Raises:
        UserError: if it is not.
    """
    if present and not replace:
        raise UserError(
            f"{folder} has {part} of {' and '.join(present)} already: replace=true puts these in their place"
        )
