"""Folders with configuration files of a user's own, beside the packaged ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError

OPTION, SHORT = "--config-dir", "-cd"
SEARCH_PATH = "hydra.searchpath="


def searching(folder: str | Path) -> str:
    """Return the override that makes a folder known to Hydra.

    Raises:
        UserError: if there is no such folder.
    """
    if not Path(folder).is_dir():
        raise UserError(f"{OPTION} {folder} is not a folder")
    escaped = str(Path(folder).absolute()).replace("\\", "\\\\").replace('"', '\\"')
    return f'{SEARCH_PATH}["file://{escaped}"]'


def searching_as(words: Sequence[str]) -> list[str]:
    """Return the override that makes known the folder which the words of a command line name, if they name one.

    Raises:
        UserError: if there is no such folder.
    """
    if given := [word for word in words if word.startswith(SEARCH_PATH)]:
        return given
    return [searching(folder) for folder in _given(words)][:1]


def config_folders(words: Sequence[str]) -> list[str]:
    """Return the packaged configuration folder, and the one that the words of a command line name by an option."""
    return [CONFIG_FOLDER, *_given(words)]


def _given(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in (OPTION, SHORT):
            yield following
        elif word.startswith(f"{OPTION}="):
            yield word.partition("=")[2]
