"""One-line explanations of Hydra's errors, with similar options or choices for misspelt ones."""

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import one_line
from rlmrec.options.dotted import dotted
from rlmrec.options.own_folders import searching_as

OTHER_WORDS = {"prompt": "templates"}
"""Options that have another name because the obvious one is a configuration group."""


def explain(error: Exception, config_name: str, words: Sequence[str]) -> str:
    """Return a one-line message for an error of Hydra or OmegaConf.

    Args:
        error: error to explain.
        config_name: name of the configuration that was composed.
        words: command-line words that led to the error.
    """
    if isinstance(error, yaml.YAMLError):
        return f"a configuration file is no YAML: {one_line(error)}"
    if refused := refused_by_resolver(error):
        return refused
    removed = [word for word in words if word.startswith("~")]
    if removed and re.search("interpolation", str(error), re.IGNORECASE):
        return f"other options need what {' '.join(removed)} takes away: leave it out"
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no default: set {error.full_key}=..."
    text = " ".join(str(error).partition("Config search path")[0].split())
    if re.search("Could not (find|load) '?hydra/launcher/", text):
        return f"{text.strip().rstrip('.')}; docs/sweeps.md says what each launcher needs"
    choice = re.search(r"Could not (?:find|load) '?([\w/@-]+)/([^/' ]+?)'?\.? Available options in '[^']*': (.*)", text)
    if choice:
        return _misspelt_choice(*choice.groups())
    option = re.search(r"Could not override '([^']+)'", text)
    if option:
        return _misspelt_option(option.group(1), known_options(config_name, words))
    given = getattr(error, "override", None)  # the override that could not be parsed
    return f"{given}: {text}" if given else text


def refused_by_resolver(error: Exception) -> str | None:
    """Return the message of a ``UserError`` raised by one of this project's resolvers; None for other errors."""
    raised = re.search(r"UserError raised while resolving interpolation: (.*)", str(error))
    return raised.group(1) if raised else None


def _misspelt_choice(group: str, name: str, available: str) -> str:
    choices = available.split()
    near = similar(name, choices)
    return f"there is no {group}/{name}; {_hint(near, choices)}"


def _misspelt_option(key: str, known: Sequence[str]) -> str:
    parent, _, leaf = key.rpartition(".")
    siblings = [name for name in known if name.rpartition(".")[0] == parent and "_." not in f"{name}."]
    if not siblings and f"{parent}._target_" in known:
        return f"there is no option '{key}' in the configuration: add one of the class {parent}._target_ by +{key}=..."
    if (other := OTHER_WORDS.get(key)) in known:
        return f"unknown option '{key}'; did you mean {other}?"
    by_leaf = {name.rpartition(".")[2]: name for name in [*known, *siblings]}  # siblings take precedence
    near = similar(leaf, [name.rpartition(".")[2] for name in siblings])
    near = near or [name.rpartition(".")[2] for name in known if name.rpartition(".")[2] == leaf]
    near = near or similar(leaf, list(by_leaf))
    return f"unknown option '{key}'; {_hint([by_leaf[name] for name in near], siblings or known)}"


def _hint(near: Sequence[str], valid: Sequence[str]) -> str:
    return f"did you mean {' or '.join(near)}?" if near else f"valid are {', '.join(valid)}"


def similar(word: str, known: Sequence[str]) -> list[str]:
    """Return up to three known words that are spelt similarly to a word, or else share a part with it."""
    near = difflib.get_close_matches(word, known)
    if near:
        return near
    parts = set(re.split(r"[._-]", word))
    return [name for name in dict.fromkeys(known) if parts & set(re.split(r"[._-]", name))][:3]


def known_options(config_name: str, words: Sequence[str]) -> list[str]:
    """Return the names of all options of a configuration, under the group choices made in the words."""
    chosen = [word for word in words if Path(CONFIG_FOLDER, word.partition("=")[0]).is_dir()]
    GlobalHydra.instance().clear()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        try:
            config = hydra.compose(config_name, overrides=[*searching_as(words), *chosen])
        except HydraException:  # e.g. a sweep over choices: use the names under the defaults
            config = hydra.compose(config_name)
    options: Any = OmegaConf.to_container(config)
    return [name for name, _ in dotted(options)]
