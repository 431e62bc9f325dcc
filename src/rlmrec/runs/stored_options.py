"""Options that are stored with a run, which may come from somebody else: nothing in them is executed or resolved."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from rlmrec.common.errors import UserError, one_line
from rlmrec.common.yaml_files import checked_text
from rlmrec.runs.allowed_targets import is_allowed, may_be_partial

TARGET, PARTIAL = "_target_", "_partial_"


def read_options(path: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options in a run's ``config.yaml``, as plain containers.

    Args:
        path: the file.
        trust: packages whose classes the options may name besides the project's own.

    Raises:
        UserError: if the file is damaged, or names code that is neither the project's nor trusted.
    """
    text = checked_text(path)
    try:
        stored = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
        if not isinstance(stored, dict) or not stored:
            raise ValueError("it holds no options")
    except Exception as error:  # a damaged file can make YAML or OmegaConf raise anything
        raise UserError(f"{path} is damaged: {one_line(error)}") from None
    options = {str(name): value for name, value in stored.items()}
    refuse_foreign_targets(options, str(path), trust)
    return options


def refuse_foreign_targets(options: dict[str, Any], source: str, trust: Sequence[str] = ()) -> None:
    """Refuse options that name code beyond the project's own, of libraries' parts, and of trusted packages.

    Args:
        options: a configuration as plain containers.
        source: where it comes from, for the message.
        trust: packages whose classes may be named.

    Raises:
        UserError: names what the options ask for beyond that.
    """
    for node in _nodes(options):
        hydra_keys = {key for key in node if isinstance(key, str) and key.startswith("_") and key.endswith("_")}
        if not hydra_keys:
            continue
        target = str(node.get(TARGET))
        unusual = sorted(hydra_keys - {TARGET, PARTIAL})
        if unusual:
            raise UserError(f"{source} gives {target} the key {unusual[0]}, which no run stores: nothing was executed")
        if not is_allowed(target, trust):
            package = target.partition(".")[0]
            raise UserError(
                f"{source} asks for {target}, which is not part of this project: nothing was executed. If you trust "
                f"the package {package}: trust=[{package}]"
            )
        if node.get(PARTIAL) and not may_be_partial(target, trust):
            raise UserError(f"{source} asks for {target} with {PARTIAL}, which no run stores: nothing was executed")


def foreign_packages(options: dict[str, Any]) -> list[str]:
    """Return the packages without whose ``trust`` the options cannot be read back."""
    targets = [str(node[TARGET]) for node in _nodes(options) if TARGET in node]
    return sorted({target.partition(".")[0] for target in targets if not is_allowed(target)})


def _nodes(node: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _nodes(part)
