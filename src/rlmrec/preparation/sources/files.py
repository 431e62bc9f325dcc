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
            matching = sorted(path for path in Path(root).glob(name.removeprefix(GLOB)) if path.is_file())
            if not matching:
                raise MissingFilesError(f"{option}: no file in {root} matches {name.removeprefix(GLOB)}")
            paths += matching
            continue
        path = Path(root, name)
        if not path.is_file():
            hint = ""
            if any(character in name for character in "*?["):
                hint = f"; to read all files that match a pattern: {option}='{GLOB}{name}'"
            raise MissingFilesError(f"{option}: there is no file {path}{hint}")
        paths.append(path)
    return tuple(paths)
