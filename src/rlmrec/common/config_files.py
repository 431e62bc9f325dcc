"""The folder of the configuration files and the choices that it offers."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parents[1]
CONFIG_FOLDER = str(next(path for path in (PACKAGE / "conf", PACKAGE.parents[1] / "conf") if path.is_dir()))
"""Folder of the configuration: inside the package if installed from a wheel, else at the top of the checkout."""


def choices(group: str, folders: Iterable[str] = (CONFIG_FOLDER,)) -> list[str]:
    """Return the choices of a configuration group in alphabetical order.

    Args:
        group: name of the group.
        folders: folders with configuration files; only the packaged one by default.
    """
    return sorted({path.stem for folder in folders for path in Path(folder, group).glob("*.yaml")})


@cache
def options_of(config_name: str | None) -> frozenset[str]:
    """Return the top-level names of a packaged configuration, without those that its defaults list adds."""
    path = Path(CONFIG_FOLDER, f"{config_name}.yaml")
    return frozenset(map(str, yaml.safe_load(path.read_text("utf-8")))) if path.is_file() else frozenset()


def choice_file(group: str, name: str, sources: Iterable[Any]) -> Path | None:
    """Return the first file of a choice on Hydra's search path, or None if there is none.

    Args:
        group: configuration group, such as ``preset``.
        name: name of the choice.
        sources: value of ``hydra.runtime.config_sources``.
    """
    folders = (Path(source.path, group) for source in sources if source.schema == "file")
    files = (folder / f"{name}.yaml" for folder in folders)
    return next((file for file in files if file.is_file()), None)
