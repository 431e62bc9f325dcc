"""A check of optional choices that the user requested explicitly."""

from collections.abc import Mapping

from hydra.core.hydra_config import HydraConfig

from rlmrec.common.config_files import choice_file, choices
from rlmrec.common.errors import UserError
from rlmrec.options.explain import similar

OPTIONAL = ("preset", "protocol")
"""Groups that Hydra skips if a dataset, backbone or alignment has no choice of its own."""


def refuse_absent_choices(overrides: list[str], chosen: Mapping[str, str]) -> None:
    """Refuse a preset or protocol that was requested explicitly but does not exist.

    Raises:
        UserError: if there is one; the message suggests similar choices.
    """
    for group in OPTIONAL:
        name = str(chosen.get(group))
        if not any(word.startswith(f"{group}=") for word in overrides) or name == "None":
            continue
        if choice_file(group, name, HydraConfig.get().runtime.config_sources) is None:
            near = similar(name, choices(group)) or choices(group)
            raise UserError(f"there is no {group}={name}; did you mean {' or '.join(near)}?")
