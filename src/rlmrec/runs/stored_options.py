"""Options that are stored with a run, which may come from somebody else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError, one_line

TRUSTED = ("rlmrec.", "torch.optim.")


def read_options(path: Path) -> dict[str, Any]:
    """Return the options in a run's ``config.yaml``, as plain containers.

    Raises:
        UserError: if the file is damaged, or names code that no configuration file of the project names.
    """
    try:
        stored = OmegaConf.to_container(OmegaConf.load(path), resolve=True)
        if not isinstance(stored, dict) or not stored:
            raise ValueError("it holds no options")
    except Exception as error:  # a damaged file can make YAML or OmegaConf raise anything
        raise UserError(f"{path} is damaged: {one_line(error)}") from None
    options = {str(name): value for name, value in stored.items()}
    refuse_foreign_targets(options, path)
    return options


def refuse_foreign_targets(options: dict[str, Any], source: Path) -> None:
    """Refuse stored options that name code which the project itself does not name.

    Args:
        options: a configuration as plain containers.
        source: where it comes from.

    Raises:
        UserError: names the first of them.
    """
    own = {target for path in Path(CONFIG_FOLDER).rglob("*.yaml") for target in _named(path.read_text("utf-8"))}
    for target in _targets(options):
        if target not in own and not target.startswith(TRUSTED):
            raise UserError(f"{source} asks for {target}, which no file in {CONFIG_FOLDER} names: nothing was executed")


def _named(text: str) -> list[str]:
    return re.findall(r"_target_: *([\w.]+)", text)


def _targets(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield str(node["_target_"])
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _targets(part)
