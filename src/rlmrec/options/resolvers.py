"""Interpolations that the configuration uses."""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from rlmrec.common.bounded.folders import refuse_special_files
from rlmrec.common.errors import UserError
from rlmrec.options.run_name import NEUTRAL, dataset_place, row_name, run_name, setting_name, shortened

UNNAMED = {
    "experiment",
    "study",
    "dataset",
    "dataset.root",
    "dataset.name",
    "backbone",
    "align",
    "seed",
    "preset",
    "trainer",
    "logger",
    "callbacks",
    "tags",
    "hydra",
    "on_failure",
    "debug",
    "local",
    "paths",
    "pretrained",
    "pretrained_options",
}
"""Options that are in the name of every run of a study anyway, or that do not distinguish its runs."""


LONGEST_SETTING = 80
"""Bytes; W&B takes names of 128."""


def register() -> None:
    """Make ``${path:...}``, ``${run_folder:...}``, ``${study_folder:...}`` and the names of runs known to OmegaConf."""
    OmegaConf.register_new_resolver("path", _path, replace=True)
    OmegaConf.register_new_resolver("run_folder", _run_folder, replace=True)
    OmegaConf.register_new_resolver("study_folder", _study_folder, replace=True)
    OmegaConf.register_new_resolver("run_name", _run_name, replace=True)
    OmegaConf.register_new_resolver("row_name", _row_name, replace=True)
    OmegaConf.register_new_resolver("setting", _setting, replace=True)


def _path(name: str, *, _root_: DictConfig) -> str:
    """Return one of the folders in ``paths``; without a name everything would go to the top of the file system."""
    place = _root_["paths"][name]
    if place is None or not str(place).strip():
        variable = " (or the environment variable RLMREC_DATA)" if name == "data" else ""
        raise UserError(f"paths.{name}{variable} is empty: name a folder")
    return str(place)


def _run_folder(resumed: str | int | None, new: str) -> str:
    """Return the folder of the run to resume, which must exist, or else the new one."""
    if resumed is None:
        return new
    resumed = str(resumed)
    if not Path(resumed, "config.yaml").is_file():
        raise UserError(f"resume={resumed} is not a run folder: it holds no config.yaml")
    refuse_special_files(Path(resumed))  # before anything is written to the log
    return resumed


def _study_folder(outputs: str, study: str | None, resumed: str | None) -> str:
    """Return where the runs of a study are; a study must have a name, and resumes without being asked to."""
    if resumed is not None:
        raise UserError("resume=... is about one run: leave out experiment=... and hydra=study")
    if study is None:
        raise UserError("hydra=study needs the name of the study: study=NAME")
    if study in (".", "..") or "/" in study:
        raise UserError(f"study={study} is no name: studies are folders below {outputs}/studies")
    return f"{outputs}/studies/{study}"


def _run_name(*, _root_: DictConfig) -> str:
    """Return the folder name of a run within its study: the choices, the other options given for it, and the seed."""
    chosen = _root_.hydra.runtime.choices
    place = dataset_place(_root_.dataset, chosen.dataset)
    return run_name(place, chosen.backbone, chosen.align, _root_.seed, _varied(_root_))


def _row_name(*, _root_: DictConfig) -> str:
    """Return the name of the parts of a model, as searches and leaderboards use it."""
    chosen = _root_.hydra.runtime.choices
    return row_name(**{name: chosen[name] for name in ("backbone", *NEUTRAL)})


def _setting(*, _root_: DictConfig) -> str:
    """Return the options given for a run that make it another one than its names and seed tell; empty without any."""
    return shortened(setting_name(_varied(_root_)), LONGEST_SETTING)


def _varied(root: DictConfig) -> list[tuple[str, Any]]:
    """Return the options given for a run, with their values, that are in none of its names."""
    hydra = root.get("hydra") or HydraConfig.get()  # the task's own configuration is without
    chosen = hydra.runtime.choices
    names = {word.partition("=")[0].lstrip("+~") for word in hydra.overrides.task} - UNNAMED
    return [(name, chosen.get(name, OmegaConf.select(root, name))) for name in names if not _is_logging(name)]


def _is_logging(name: str) -> bool:
    return name.startswith(("logger.", "callbacks.", "paths."))
