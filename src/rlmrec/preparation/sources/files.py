"""The files that an option names: one, several, or all that match a pattern."""

from collections.abc import Sequence
from pathlib import Path

from rlmrec.common.errors import MissingFilesError

GLOB = "glob:"


def find_files(root: str, names: str | Sequence[str], option: str) -> tuple[Path, ...]:
    """Return the files of an option, in the order given; those of a pattern in alphabetical order.

    Args:
        root: the folder that names start from.
        names: a file name, taken as it is; a list of them; or ``glob:`` and a pattern.
        option: that they were given by, for messages.

    Raises:
        MissingFilesError: names what is not there.
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
    """Return the files that match a pattern, which may name a place of its own."""
    anchor = Path(pattern).anchor
    try:
        found = Path(anchor or root).glob(pattern.removeprefix(anchor))
        paths = sorted(path for path in found if path.is_file())
    except (ValueError, NotImplementedError) as error:
        raise MissingFilesError(f"{option}: {GLOB}{pattern} is no pattern of file names: {error}") from None
    if not paths:
        raise MissingFilesError(f"{option}: no file in {root} matches {pattern}")
    return paths
