"""The ``--help`` of a command: its purpose, its choices, and every option with its comment from the YAML files."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import MISSING, OmegaConf

from rlmrec.common.config_files import CONFIG_FOLDER, choices
from rlmrec.common.program import command
from rlmrec.options.compose import composed
from rlmrec.options.dotted import dotted
from rlmrec.options.own_folders import config_folders, searching_as

WIDTH = 120
COMMENT_COLUMN = 46
DERIVED = ("names", "llm_name", "prompt_name")
"""Options that users do not set, since they are derived from the choices."""


def wants_help(words: Sequence[str]) -> bool:
    """Return whether command-line words ask for help."""
    return "--help" in words or "-h" in words


def print_help(config_name: str, words: Sequence[str]) -> None:
    """Print the help of a command under the choices made in its command line.

    Args:
        config_name: name of the command's configuration.
        words: words of the command line; overrides change the values shown.
    """
    given = [word for word in words if not word.startswith("-") and ("=" in word or word.startswith("~"))]
    overrides = list(dict.fromkeys([*searching_as(words), *given]))
    folders = config_folders(words)
    with composed(overrides, config_name) as config:
        intro = str(config.hydra.help.template).strip()
        options = OmegaConf.to_container(config, resolve=False)
    assert isinstance(options, dict)
    for name in ("hydra", *DERIVED):
        options.pop(name, None)
    groups, comments = _groups_and_comments(config_name, overrides, folders)
    lines = [re.sub(r"python src/(\w+)\.py", lambda match: command(match.group(1)), intro)]
    if groups:
        launchers = ["hydra/launcher"] if config_name == "train" else []
        listed = (f"{group}: {', '.join(choices(group, folders))}" for group in [*sorted(groups), *launchers])
        lines += ["", "Groups (group=choice)", "", *(fill(text, WIDTH, subsequent_indent="  ") for text in listed)]
    lines += ["", "Options (option=value)" + ", below the present choice of their group" * bool(groups), ""]
    names = [str(name) for name in options]
    own = [name for name in names if not isinstance(options[name], dict) and not groups.get(name)]
    for part in [*own, *(name for name in names if name not in own)]:
        if choice := groups.get(part):
            lines.append(_line(part, choice, _comment_above(_file(f"{part}/{choice}", folders))))
        if part in own or isinstance(options[part], dict):
            lines += [_line(name, value, comments.get(name, "")) for name, value in _settable({part: options[part]})]
    print("\n".join(lines), flush=True)


def _line(name: str, value: Any, comment: str) -> str:
    shown = f"{name}={_plain(value)}"
    if value == MISSING:
        shown, comment = f"{name}=...", f"required: {comment}"
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
    """Return a value as written on the command line."""
    if isinstance(value, list):
        return f"[{','.join(map(_plain, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def _settable(options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted names and values of all options that a user may set.

    Includes the ``_target_`` of a nested library class without options, which can be replaced.
    """
    named = dict(dotted(options))
    for name, value in named.items():
        part, _, key = name.rpartition(".")
        if key == "_target_":
            in_part = f"{part.rpartition('.')[0]}._target_" in named
            if in_part and all(other.startswith("_") for other in named[part]) and not value.startswith("rlmrec"):
                yield name, value
        elif not key.startswith("_") and not isinstance(value, dict):
            yield name, value


def _groups_and_comments(
    config_name: str, overrides: Sequence[str], folders: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the groups of a configuration with their current choices, and the comments by dotted option name."""
    comments: dict[str, str] = {}
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        found = loader.compute_defaults_list(config_name, list(overrides), RunMode.RUN)
    for part in found.defaults:
        path = _file(part.config_path, folders)
        if path.is_file() and not str(part.package).startswith("hydra"):
            package = "" if part.package in ("", "_global_", None) else f"{part.package}."
            comments |= {f"{package}{name}": text for name, text in _comments(path.read_text("utf-8"))}
    known = {name: choice for name, choice in found.overrides.known_choices.items() if not name.startswith("hydra")}
    return {name: choice for name, choice in known.items() if Path(CONFIG_FOLDER, name).is_dir()}, comments


def _file(name: str | None, folders: Sequence[str]) -> Path:
    """Return the file of a choice in the first folder that has it, or its path in the packaged folder."""
    paths = [Path(folder, f"{name}.yaml") for folder in folders]
    return next((path for path in paths if path.is_file()), paths[0])


def _comment_above(file: Path) -> str:
    """Return the first line of the comment at the top of a file; empty if there is none."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    first = next((line for line in lines if not line.startswith("# @package")), "")
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def _comments(text: str) -> list[tuple[str, str]]:
    """Return the trailing comments of a YAML text by dotted key."""
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
