"""YAML files that are parsed once, however many commands of the tests read them."""

from types import SimpleNamespace
from typing import Any

import yaml
from omegaconf import omegaconf

_parsed: dict[str, Any] = {}


def remember_parsed_yaml() -> None:
    """Let OmegaConf keep what it parsed, by the text; it makes configurations of its own from it, and changes nothing.

    Parsing is in pure Python, and takes almost half of the time in which Hydra composes a configuration.
    """
    omegaconf.yaml = SimpleNamespace(**vars(yaml) | {"load": _load})  # type: ignore[attr-defined]


def _load(stream: Any, Loader: Any) -> Any:
    text = stream.read() if hasattr(stream, "read") else stream
    if text not in _parsed:
        _parsed[text] = yaml.load(text, Loader)
    return _parsed[text]
