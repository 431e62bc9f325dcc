"""Configurations that are composed once, however many commands of the tests choose the same files."""

import copy
import hashlib
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from hydra._internal import config_loader_impl as hydra_loading
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.defaults_list import DefaultsList, Overrides
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, omegaconf

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.files import atomic_write

PLACE = "COMPOSED_ONCE"
"""Environment variable with the folder that all processes of the tests share."""
_parsed: dict[str, Any] = {}
_loaded: dict[tuple[Any, ...], bytes] = {}
_kept: dict[str, bytes] = {}
_load_file = ConfigRepository.load_config
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
    ConfigRepository.load_config = _load_file_once  # type: ignore[method-assign]
    # Its sources are replaced and not changed; Hydra copies all structured configurations with them.
    ConfigRepository.__deepcopy__ = lambda repo, _: copy.copy(repo)  # type: ignore[attr-defined]
    hydra_loading.create_defaults_list = _choose_once  # type: ignore[attr-defined]
    ConfigLoaderImpl._compose_config_from_defaults_list = _compose_once  # type: ignore[method-assign]


def _load(stream: Any, Loader: Any) -> Any:
    text = stream.read() if hasattr(stream, "read") else stream
    if text not in _parsed:
        _parsed[text] = yaml.load(text, Loader)
    return _parsed[text]


def _are_own(repo: Any) -> bool:
    """Return whether a repository has no files but those of Hydra, of plugins and of the project."""
    return all(source.scheme() != "file" or source.path == CONFIG_FOLDER for source in repo.get_sources())


def _load_file_once(repo: ConfigRepository, config_path: str) -> ConfigResult | None:
    if not _are_own(repo):
        return _load_file(repo, config_path)
    name = (config_path, *(source.path for source in repo.get_sources()))
    if name not in _loaded:
        found = _load_file(repo, config_path)
        if found is None:
            return None
        _loaded[name] = pickle.dumps(found)
    return pickle.loads(_loaded[name])


def _choose_once(
    repo: Any, config_name: str | None, overrides_list: list[Any], prepend_hydra: bool, skip_missing: bool
) -> DefaultsList:
    if not _are_own(repo):
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
