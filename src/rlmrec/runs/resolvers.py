"""Interpolations that the configuration uses."""

from omegaconf import OmegaConf

from rlmrec.runs.config_files import choices
from rlmrec.runs.folder import RunFolder


def register() -> None:
    """Make ``${run_folder:...}`` and ``${choices:...}`` known to OmegaConf."""
    OmegaConf.register_new_resolver("run_folder", _run_folder, replace=True)
    OmegaConf.register_new_resolver("choices", _choices, replace=True)


def _run_folder(resumed: str | None, new: str) -> str:
    """The folder of the run to go on with, which must exist, or else the new one."""
    return str(RunFolder.existing(resumed, option="resume").path) if resumed is not None else new


def _choices(*groups: str) -> str:
    """A line for each group of configuration files with the choices in it, for ``--help``."""
    return "\n".join(f"{group}: {', '.join(choices(group))}" for group in groups)
