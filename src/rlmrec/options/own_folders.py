"""The user's own configuration folders, used in addition to the packaged one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError

OPTION, SHORT = "--config-dir", "-cd"
SEARCH_PATH = "hydra.searchpath="


def searching(folder: str | Path) -> str:
    """Return the override that adds a folder to Hydra's search path.

    Raises:
        UserError: if the folder does not exist.
    """
    if not Path(folder).is_dir():
        raise UserError(f"{OPTION} {folder} is not a folder")
    escaped = str(Path(folder).absolute()).replace("\\", "\\\\").replace('"', '\\"')
    return f'{SEARCH_PATH}["file://{escaped}"]'


def searching_as(words: Sequence[str]) -> list[str]:
    """Return the search path override for the folder that command-line words name; empty if they name none.

    Raises:
        UserError: if the folder does not exist.
    """
    if given := [word for word in words if word.startswith(SEARCH_PATH)]:
        return given
    return [searching(folder) for folder in _given(words)][:1]


def config_folders(words: Sequence[str]) -> list[str]:
    """Return the packaged configuration folder, followed by those that command-line words name by an option."""
    return [CONFIG_FOLDER, *_given(words)]


def _given(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in (OPTION, SHORT):
            yield following
        elif word.startswith(f"{OPTION}="):
            yield word.partition("=")[2]
