"""A check of the preset that a user asked for."""

from collections.abc import Mapping

from hydra.core.hydra_config import HydraConfig

from rlmrec.common.config_files import choices, preset_file
from rlmrec.common.errors import UserError
from rlmrec.options.explain import similar


def refuse_absent_preset(overrides: list[str], chosen: Mapping[str, str]) -> None:
    """Refuse a preset that is absent, if it was asked for; otherwise none is needed.

    Raises:
        UserError: names the presets that are most alike.
    """
    if any(word.startswith("preset=") for word in overrides):
        known, name = choices("preset"), str(chosen["preset"])
        if preset_file(name, HydraConfig.get().runtime.config_sources) is None:
            near = similar(name, known) or known
            raise UserError(f"there is no preset={name}; did you mean {' or '.join(near)}?")
