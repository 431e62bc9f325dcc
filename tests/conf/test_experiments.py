"""Every experiment composes, sweeps over what it says, and tells its question and command."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from rlmrec.common.config_files import CONFIG_FOLDER, choices
from rlmrec.options import resolvers
from rlmrec.options.validate_options import validate_options

CELLS = {
    "cold_start": 2 * 2 * 2 * 3,
    "depth": 3 * 4 * 3,
    "efficiency": 6 * 3,
    "embedding_dim": 3 * 4 * 3,
    "finetune": 4 * 3,
    "main_table": 6 * 3 * 5,
    "mask_ratio": 5 * 3,
    "noise": 3 * 6 * 3,
    "pretrain": 3 * 3,
    "temperature": 2 * 5 * 3,
    "text_ablation": 2 * 3 * 3,
    "weight": 2 * 5 * 3,
}
NAMES = ["names.backbone=x", "names.align=y", "dataset=folder", "dataset.root=x"]


def composed(*overrides: str) -> DictConfig:
    resolvers.register()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        return compose("train", overrides=[*NAMES, *overrides], return_hydra_config=True)


def jobs(experiment: str, *overrides: str) -> list[list[str]]:
    """The overrides of all cells, as Hydra's sweeper makes them of file and command line."""
    resolvers.register()
    params = composed(f"experiment={experiment}").hydra.sweeper.params
    words = [f"{name}={value}" for name, value in params.items()] + list(overrides)
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        from hydra.core.global_hydra import GlobalHydra

        parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
        return BasicSweeper.split_arguments(parser.parse_overrides(words), None)[0]


def test_every_file_is_tested() -> None:
    assert sorted(CELLS) == choices("experiment")


@pytest.mark.parametrize("name", CELLS)
def test_an_experiment_sweeps_over_valid_cells_of_a_fixed_study(name: str) -> None:
    config = composed(f"experiment={name}")
    assert (config.experiment, config.study, str(config.hydra.mode)) == (name, name, "RunMode.MULTIRUN")
    assert config.hydra.sweep.dir == f"outputs/studies/{name}"
    cells = jobs(name)
    assert len(cells) == CELLS[name]
    for cell in (cells[0], cells[-1]):
        options: Any = OmegaConf.to_container(composed(f"experiment={name}", *cell), resolve=False)
        del options["hydra"]
        validate_options(OmegaConf.to_container(OmegaConf.create(options), resolve=True))


@pytest.mark.parametrize("name", CELLS)
def test_an_experiment_tells_its_question_and_its_command(name: str) -> None:
    package, *lines = Path(CONFIG_FOLDER, "experiment", f"{name}.yaml").read_text().splitlines()
    assert package == "# @package _global_"
    comment = [line for line in lines if line.startswith("# ")]
    assert "?" in comment[0]
    assert f"python src/train.py experiment={name} " in comment[-1]


def test_the_command_line_wins_over_an_experiment() -> None:
    assert len(jobs("main_table", "backbone=lightgcn,sgl", "seed=1")) == 2 * 3
    assert composed("experiment=noise", "study=again").hydra.sweep.dir == "outputs/studies/again"


@pytest.mark.parametrize("start", ["none", "contrastive", "generative"])
def test_fine_tuning_begins_with_the_cell_of_the_same_backbone_and_seed(start: str) -> None:
    config = composed("experiment=finetune", f"start={start}", "seed=5")
    assert config.initialise_from == f"outputs/studies/pretrain/earlier-x-{start}-seed_5"
    assert composed("experiment=finetune").initialise_from is None


def test_an_ordinary_run_is_no_study() -> None:
    config = composed()
    assert (config.experiment, config.study, config.hydra.mode) == (None, None, None)
