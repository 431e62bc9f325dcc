"""Resolution of the file names in an option: one, several, or all that match a pattern."""

from collections.abc import Sequence
from pathlib import Path

from rlmrec.common.errors import MissingFilesError

GLOB = "glob:"


def find_files(root: str, names: str | Sequence[str], option: str) -> tuple[Path, ...]:
    """Return the files of an option, in the given order; those of a pattern are sorted.

    Args:
        root: folder that file names are relative to.
        names: literal file name; a list of names; or ``glob:`` and a pattern.
        option: name of the option, for messages.

    Raises:
        MissingFilesError: if a file is missing, or no file matches a pattern; names it.
    """
    paths: list[Path] = []
    for name in [names] if isinstance(names, str) else names:
        if name.startswith(GLOB):
            paths += _matching(root, name.removeprefix(GLOB), option)
            continue
        path = Path(root, name)
        if not path.is_file():
            hint = ""
            if any(character in name for character in "*?["):
                hint = f"; to read all files that match a pattern: {option}='{GLOB}{name}'"
            raise MissingFilesError(f"{option}: there is no file {path}{hint}")
        paths.append(path)
    return tuple(paths)


def _matching(root: str, pattern: str, option: str) -> list[Path]:
    """Return the files that match a pattern, which may be absolute."""
    anchor = Path(pattern).anchor
    try:
        found = Path(anchor or root).glob(pattern.removeprefix(anchor))
        paths = sorted(path for path in found if path.is_file())
    except (ValueError, NotImplementedError) as error:
        raise MissingFilesError(f"{option}: {GLOB}{pattern} is no pattern of file names: {error}") from None
    if not paths:
        raise MissingFilesError(f"{option}: no file in {root} matches {pattern}")
    return paths
