"""Interpolations that the configuration uses."""

from omegaconf import OmegaConf

from rlmrec.runs.folder import RunFolder


def register() -> None:
    """Make ``${run_folder:...}`` known to OmegaConf."""
    OmegaConf.register_new_resolver("run_folder", _run_folder, replace=True)


def _run_folder(resumed: str | None, new: str) -> str:
    """The folder of the run to go on with, which must exist, or else the new one."""
    return str(RunFolder.existing(resumed, option="resume").path) if resumed else new
