"""Configurations that are composed once, however many commands of the tests choose the same files."""

import pickle
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import yaml
from hydra._internal import config_loader_impl as hydra_loading
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.defaults_list import DefaultsList, Overrides
from omegaconf import DictConfig, omegaconf

from rlmrec.common.config_files import CONFIG_FOLDER

_parsed: dict[str, Any] = {}
_chosen: dict[tuple[Any, ...], DefaultsList] = {}
_composed: dict[int, bytes] = {}
_choose = hydra_loading.create_defaults_list
_compose = ConfigLoaderImpl._compose_config_from_defaults_list


def remember_compositions() -> None:
    """Let Hydra keep which files it chose and what they make together, by the choices of a command line.

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
    values = Overrides(repo, overrides_list).config_overrides
    choices = [word.input_line for word in overrides_list if word not in values and not word.is_sweep_override()]
    key = (config_name, *choices, prepend_hydra, skip_missing)
    if key not in _chosen:
        _chosen[key] = _choose(repo, config_name, overrides_list, prepend_hydra, skip_missing)
    return replace(_chosen[key], config_overrides=values)


def _compose_once(loader: ConfigLoaderImpl, defaults: list[Any], repo: Any) -> DictConfig:
    if not any(kept.defaults is defaults for kept in _chosen.values()):
        return _compose(loader, defaults, repo)
    if id(defaults) not in _composed:
        _composed[id(defaults)] = pickle.dumps(_compose(loader, defaults, repo))
    return pickle.loads(_composed[id(defaults)])
