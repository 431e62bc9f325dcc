"""``--help``: what a command does, its choices, and every option with the comment of its YAML file."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import OmegaConf

from rlmrec.common.config_files import CONFIG_FOLDER, choices
from rlmrec.common.program import command
from rlmrec.options.compose import composed

WIDTH = 120
COMMENT_COLUMN = 46


def wants_help(words: Sequence[str]) -> bool:
    """Return whether the words of a command line ask for help."""
    return "--help" in words or "-h" in words


def print_help(config_name: str, words: Sequence[str]) -> None:
    """Print the help of a command, under the choices among the words.

    Args:
        config_name: the command's configuration.
        words: of the command line; overrides change what is shown.
    """
    overrides = [word for word in words if not word.startswith("-")]
    with composed(overrides, config_name) as config:
        intro = str(config.hydra.help.template).strip()
        options = OmegaConf.to_container(config, resolve=False)
    assert isinstance(options, dict)
    del options["hydra"]
    groups, comments = _groups_and_comments(config_name, overrides)
    print(re.sub(r"python src/(\w+)\.py", lambda match: command(match.group(1)), intro))
    if groups:
        print("\nGroups (group=choice)\n")
    for group in groups:
        print(fill(f"{group}: {', '.join(choices(group))}", WIDTH, subsequent_indent="  "))
    print("\nOptions (option=value), under the groups' present choices\n")
    for name, value in _leaves(options):
        print(_line(name, value, comments.get(name, "")))
    sys.stdout.flush()


def _line(name: str, value: Any, comment: str) -> str:
    shown = f"{name}={_plain(value)}"
    if not comment:
        return shown[:WIDTH]
    room = max(COMMENT_COLUMN, len(shown) + 2)
    if room + len(comment) <= WIDTH:
        return f"{shown:<{room}}{comment}"
    text = fill(comment, WIDTH - COMMENT_COLUMN).replace("\n", "\n" + " " * COMMENT_COLUMN)
    return (
        f"{shown:<{COMMENT_COLUMN}}{text}" if len(shown) < COMMENT_COLUMN else f"{shown}\n{' ' * COMMENT_COLUMN}{text}"
    )


def _plain(value: Any) -> str:
    """Return a value as a word of the command line."""
    if isinstance(value, list):
        return f"[{','.join(map(_plain, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def _leaves(node: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted names of all options that a user would set, and their values."""
    for key, value in node.items():
        if str(key).startswith("_"):
            continue
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _groups_and_comments(config_name: str, overrides: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the groups of a configuration, and the comments of its files by dotted option."""
    comments: dict[str, str] = {}
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        found = loader.compute_defaults_list(config_name, list(overrides), RunMode.RUN)
    for part in found.defaults:
        path = Path(CONFIG_FOLDER, f"{part.config_path}.yaml")
        if path.is_file() and not str(part.package).startswith("hydra"):
            package = "" if part.package in ("", "_global_", None) else f"{part.package}."
            comments |= {f"{package}{name}": text for name, text in _comments(path.read_text("utf-8"))}
    groups = [name for name in found.overrides.known_choices if Path(CONFIG_FOLDER, name).is_dir()]
    launchers = ["hydra/launcher"] if config_name == "train" else []
    return sorted({name for name in groups if not name.startswith("hydra")}) + launchers, comments


def _comments(text: str) -> list[tuple[str, str]]:
    """Return the comments behind the keys of a YAML text, by dotted key."""
    lines, root = text.splitlines(), yaml.compose(text)
    return list(_node_comments(root, lines, "")) if isinstance(root, yaml.MappingNode) else []


def _node_comments(node: yaml.MappingNode, lines: list[str], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        end = key.end_mark if isinstance(value, yaml.MappingNode) else value.end_mark
        behind = lines[end.line][end.column :] if end.line < len(lines) else ""
        comment = re.search(r"#\s*(.*)$", behind)
        if comment:
            yield name, comment.group(1).strip()
        if isinstance(value, yaml.MappingNode):
            yield from _node_comments(value, lines, f"{name}.")
