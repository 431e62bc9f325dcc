"""Interpolations that the configuration uses."""

from pathlib import Path
from textwrap import fill

from omegaconf import DictConfig, OmegaConf

from rlmrec.errors import UserError
from rlmrec.runs.config_files import choices
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.study import cell_name

WIDTH = 120
UNNAMED = {
    *("experiment", "study", "dataset", "dataset.root", "dataset.name", "backbone", "align", "seed", "preset"),
    *("trainer", "logger", "callbacks", "tags", "pretrained", "hydra"),
}
"""Options that are in the name of every cell in another way, or that do not tell the cells of a study apart."""


def register() -> None:
    """Make ``${run_folder:...}``, ``${study_folder:...}``, ``${choices:...}``, ``${cell_name:}`` known to OmegaConf."""
    OmegaConf.register_new_resolver("run_folder", _run_folder, replace=True)
    OmegaConf.register_new_resolver("study_folder", _study_folder, replace=True)
    OmegaConf.register_new_resolver("choices", _choices, replace=True)
    OmegaConf.register_new_resolver("cell_name", _cell_name, replace=True)


def _run_folder(resumed: str | None, new: str) -> str:
    """The folder of the run to go on with, which must exist, or else the new one."""
    return str(RunFolder.existing(resumed, option="resume").path) if resumed is not None else new


def _study_folder(study: str | None, resumed: str | None) -> str:
    """Where the cells of a study are; it must have a name, and goes on without being told to."""
    if resumed is not None:
        raise UserError("resume=... is about one run: leave out experiment=... and hydra=study")
    if study is None:
        raise UserError("hydra=study needs the name of the study: study=NAME")
    return f"outputs/studies/{study}"


def _choices(*groups: str) -> str:
    """A line for each group of configuration files with the choices in it, for ``--help``."""
    lines = (f"{group}: {', '.join(choices(group))}" for group in groups)
    return "\n".join(fill(line, WIDTH, subsequent_indent="  ") for line in lines)


def _cell_name(*, _root_: DictConfig) -> str:
    """The folder of a cell within its study: the choices, the other options given for it, and the seed."""
    chosen, dataset = _root_.hydra.runtime.choices, _root_.dataset
    names = {word.partition("=")[0].lstrip("+~") for word in _root_.hydra.overrides.task} - UNNAMED
    varied = [(name, chosen.get(name, OmegaConf.select(_root_, name))) for name in names if not _is_logging(name)]
    place = dataset.get("name") or Path(dataset.get("root") or chosen.dataset).name
    return cell_name(place, chosen.backbone, chosen.align, _root_.seed, varied)


def _is_logging(name: str) -> bool:
    return name.startswith(("logger.", "callbacks."))
