"""OmegaConf resolvers that the configuration uses."""

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
"""Options that names of runs in a study already contain, or that do not distinguish its runs."""


LONGEST_SETTING = 80
"""Maximum bytes of a setting's name; W&B limits names to 128."""


def register() -> None:
    """Register ``${path:...}``, ``${run_folder:...}``, ``${study_folder:...}`` and the names of runs with OmegaConf."""
    OmegaConf.register_new_resolver("path", _path, replace=True)
    OmegaConf.register_new_resolver("run_folder", _run_folder, replace=True)
    OmegaConf.register_new_resolver("study_folder", _study_folder, replace=True)
    OmegaConf.register_new_resolver("run_name", _run_name, replace=True)
    OmegaConf.register_new_resolver("row_name", _row_name, replace=True)
    OmegaConf.register_new_resolver("setting", _setting, replace=True)


def _path(name: str, *, _root_: DictConfig) -> str:
    """Return a folder in ``paths``; refuse an empty one, which would place files at the root of the file system."""
    place = _root_["paths"][name]
    if place is None or not str(place).strip():
        variable = " (or the environment variable RLMREC_DATA)" if name == "data" else ""
        raise UserError(f"paths.{name}{variable} is empty: name a folder")
    return str(place)


def _run_folder(resumed: str | int | None, new: str) -> str:
    """Return the folder of the run to resume, which must exist, or else the folder of the new run."""
    if resumed is None:
        return new
    resumed = str(resumed)
    if not Path(resumed, "config.yaml").is_file():
        raise UserError(f"resume={resumed} is not a run folder: it holds no config.yaml")
    refuse_special_files(Path(resumed))  # before the log is written
    return resumed


def _study_folder(outputs: str, study: str | None, resumed: str | None) -> str:
    """Return the folder of a study, which must have a name; studies resume without ``resume``."""
    if resumed is not None:
        raise UserError("resume=... is about one run: leave out experiment=... and hydra=study")
    if study is None:
        raise UserError("hydra=study needs the name of the study: study=NAME")
    if study in (".", "..") or "/" in study:
        raise UserError(f"study={study} is no name: studies are folders below {outputs}/studies")
    return f"{outputs}/studies/{study}"


def _run_name(*, _root_: DictConfig) -> str:
    """Return the folder name of a run within its study: its choices, the other overrides, and the seed."""
    chosen = _root_.hydra.runtime.choices
    place = dataset_place(_root_.dataset, chosen.dataset)
    return run_name(place, chosen.backbone, chosen.align, _root_.seed, _varied(_root_))


def _row_name(*, _root_: DictConfig) -> str:
    """Return the name of a model's parts, as used in searches and leaderboards."""
    chosen = _root_.hydra.runtime.choices
    return row_name(**{name: chosen[name] for name in ("backbone", *NEUTRAL)})


def _setting(*, _root_: DictConfig) -> str:
    """Return a name of the overrides that the other names and the seed of a run do not cover; empty if none."""
    return shortened(setting_name(_varied(_root_)), LONGEST_SETTING)


def _varied(root: DictConfig) -> list[tuple[str, Any]]:
    """Return the overrides of a run, with their values, that none of its names covers."""
    hydra = root.get("hydra") or HydraConfig.get()  # a job's own configuration lacks the hydra node
    chosen = hydra.runtime.choices
    names = {word.partition("=")[0].lstrip("+~") for word in hydra.overrides.task} - UNNAMED
    return [(name, chosen.get(name, OmegaConf.select(root, name))) for name in names if not _is_logging(name)]


def _is_logging(name: str) -> bool:
    return name.startswith(("logger.", "callbacks.", "paths."))
