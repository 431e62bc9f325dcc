"""Options stored with a run from an untrusted source: reading them executes and resolves nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from rlmrec.common.bounded.values import refuse_unusual
from rlmrec.common.bounded.yaml_files import MAX_DEPTH, checked_text, reason
from rlmrec.common.errors import UserError
from rlmrec.runs.refusals import refusals


def read_options(path: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options in a run's ``config.yaml`` as plain containers.

    Args:
        path: path of the file.
        trust: packages whose classes the options may name besides the project's own. Only the reader can set this;
            a value of ``trust`` in the file is ignored.

    Raises:
        UserError: if the file is damaged, or names classes that are neither the project's nor trusted.
    """
    text = checked_text(path)
    try:
        stored = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
        if not isinstance(stored, dict) or not stored:
            raise ValueError("it holds no options")
        refuse_unusual(stored, MAX_DEPTH)
    except Exception as error:  # a damaged file can make YAML or OmegaConf raise anything
        raise UserError(f"{path} is damaged: {reason(error)}") from None
    options = {str(name): value for name, value in stored.items()}
    refuse_foreign_targets(options, str(path), trust)
    return options | ({"trust": list(trust)} if "trust" in options else {})


def refuse_foreign_targets(options: dict[str, Any], source: str, trust: Sequence[str] = ()) -> None:
    """Refuse options that go beyond the project's own code, allowed library classes and what is trusted.

    Args:
        options: a configuration as plain containers.
        source: origin of the configuration, for the message.
        trust: packages whose classes may be named, and addresses and folders that library classes may use.

    Raises:
        UserError: if they do; the message names the first such request.
    """
    for asked, lifted_by in refusals(options, trust):
        hint = f". If you trust {lifted_by}: trust=[{lifted_by}]" if lifted_by else ""
        raise UserError(f"{source} {asked}: nothing was executed{hint}")


def needed_trust(options: dict[str, Any]) -> list[str]:
    """Return the packages, addresses and folders that must be trusted to read the options back."""
    return sorted({refusal.trust for refusal in refusals(options) if refusal.trust})


def unreadable(options: dict[str, Any]) -> list[str]:
    """Return descriptions of the requests in options that can never be read back, regardless of trust."""
    return [refusal.asked for refusal in refusals(options) if refusal.trust is None]
