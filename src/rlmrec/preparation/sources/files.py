"""Files named by an option: one, several, or all that match a pattern; and how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rlmrec.common.errors import MissingFilesError
from rlmrec.formats import Format, Reading, format_of

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


@dataclass(frozen=True)
class FoundFiles:
    """The files of one kind and how they are read."""

    paths: tuple[Path, ...]
    parts: tuple[int | None, ...]
    format_name: str
    reading: Reading

    def format(self, path: Path) -> Format:
        return format_of(path, self.format_name, self.reading)

    def columns(self, path: Path) -> list[str]:
        return self.format(path).columns(path)

    @cached_property
    def first_columns(self) -> list[str]:
        """Return the columns of the first file, which are read once."""
        return self.columns(self.paths[0])
