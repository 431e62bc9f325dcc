"""Configurations that are composed once, however many commands of the tests choose the same files."""

import hashlib
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from hydra._internal import config_loader_impl as hydra_loading
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.defaults_list import DefaultsList, Overrides
from omegaconf import DictConfig, omegaconf

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.files import atomic_write

PLACE = "COMPOSED_ONCE"
"""Environment variable with the folder that all processes of the tests share."""
_parsed: dict[str, Any] = {}
_kept: dict[str, bytes] = {}
_choose = hydra_loading.create_defaults_list
_compose = ConfigLoaderImpl._compose_config_from_defaults_list


class Chosen(list[Any]):
    """The files that were chosen, with the name under which is kept what they make together, and that if it is known.

    Args:
        files: that were chosen.
        name: of what they make.
        choices: of every group.
        made: what they make; None if that is not known.
    """

    def __init__(self, files: list[Any], name: str, choices: dict[str, str], made: DictConfig | None = None) -> None:
        super().__init__(files)
        self.name, self.choices, self.made = name, choices, made


def remember_compositions() -> None:
    """Let Hydra keep what files make together, by the choices of a command line.

    Values of options come after that and are never kept, nor is what was composed with files from elsewhere.
    Composing is in pure Python, and took a third of the time of all tests.
    """
    omegaconf.yaml = SimpleNamespace(**vars(yaml) | {"load": _load})  # type: ignore[attr-defined]
    hydra_loading.create_defaults_list = _choose_once  # type: ignore[attr-defined]
    ConfigLoaderImpl._compose_config_from_defaults_list = _compose_once  # type: ignore[method-assign]


def _load(stream: Any, Loader: Any) -> Any:
    text = stream.read() if hasattr(stream, "read") else stream
    if text not in _parsed:
        _parsed[text] = yaml.load(text, Loader)
    return _parsed[text]


def _choose_once(
    repo: Any, config_name: str | None, overrides_list: list[Any], prepend_hydra: bool, skip_missing: bool
) -> DefaultsList:
    if any(source.scheme() == "file" and source.path != CONFIG_FOLDER for source in repo.get_sources()):
        return _choose(repo, config_name, overrides_list, prepend_hydra, skip_missing)
    overrides = Overrides(repo, overrides_list)
    values = overrides.config_overrides
    choices = [word.input_line for word in overrides_list if word not in values and not word.is_sweep_override()]
    name = hashlib.sha256(repr((config_name, choices, prepend_hydra, skip_missing)).encode()).hexdigest()
    if (known := _remembered(name)) is None:
        found = _choose(repo, config_name, overrides_list, prepend_hydra, skip_missing)
        found.defaults = Chosen(found.defaults, name, found.overrides.known_choices)
        return found
    files, overrides.known_choices, made = known
    chosen = Chosen(files, name, overrides.known_choices, made)
    return DefaultsList(chosen, defaults_tree=None, config_overrides=values, overrides=overrides)


def _compose_once(loader: ConfigLoaderImpl, defaults: list[Any], repo: Any) -> DictConfig:
    if not isinstance(defaults, Chosen):
        return _compose(loader, defaults, repo)
    if defaults.made is None:
        made = _compose(loader, defaults, repo)
        _remember(defaults.name, ([*defaults], defaults.choices, made))
        return made
    return defaults.made


def _remember(name: str, found: tuple[list[Any], dict[str, str], DictConfig]) -> None:
    _kept[name] = pickle.dumps(found)
    if PLACE in os.environ:
        atomic_write(Path(os.environ[PLACE], name), _kept[name])


def _remembered(name: str) -> tuple[list[Any], dict[str, str], DictConfig] | None:
    """Return a copy of what was kept in this process or another, None if nothing was."""
    if name not in _kept and PLACE in os.environ and (file := Path(os.environ[PLACE], name)).is_file():
        _kept[name] = file.read_bytes()
    return pickle.loads(_kept[name]) if name in _kept else None
