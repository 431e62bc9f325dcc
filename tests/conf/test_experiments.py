"""Every experiment composes, sweeps over what it says, and tells its question and command."""

from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser

from rlmrec import compose
from rlmrec.api.build import load_source
from rlmrec.common.config_files import CONFIG_FOLDER, choices
from rlmrec.options.compose import composed
from rlmrec.options.validate_options import validate_options
from rlmrec.training.build import build_model

CELLS = {
    "cold_start": 2 * 2 * 2 * 3,
    "depth": 3 * 4 * 3,
    "efficiency": 6 * 3,
    "embedding_dim": 3 * 4 * 3,
    "finetune": 4 * 3,
    "leaderboard": 27 * 3 * 2 * 5,
    "main_table": 6 * 3 * 5,
    "mask_ratio": 5 * 3,
    "noise": 3 * 6 * 3,
    "pretrain": 3 * 3,
    "temperature": 2 * 5 * 3,
    "text_ablation": 2 * 3 * 3,
    "weight": 2 * 5 * 3,
}
DATA = ("dataset=folder", "dataset.root=x")


def jobs(experiment: str, *overrides: str) -> list[list[str]]:
    """The overrides of all cells, as Hydra's sweeper makes them of file and command line."""
    with composed([*DATA, f"experiment={experiment}"]) as config:
        params = dict(config.hydra.sweeper.params)
    words = [f"{name}={value}" for name, value in params.items()] + list(overrides)
    GlobalHydra.instance().clear()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
        return BasicSweeper.split_arguments(parser.parse_overrides(words), None)[0]


def test_every_file_is_tested() -> None:
    assert sorted(CELLS) == choices("experiment")


@pytest.mark.parametrize("name", CELLS)
def test_an_experiment_sweeps_over_valid_cells_of_a_fixed_study(name: str) -> None:
    with composed([*DATA, f"experiment={name}"]) as config:
        assert (config.experiment, config.study, str(config.hydra.mode)) == (name, name, "RunMode.MULTIRUN")
        assert config.hydra.sweep.dir == f"outputs/studies/{name}"
    cells = jobs(name)
    assert len(cells) == CELLS[name]
    assert len(set(map(tuple, cells))) == CELLS[name]
    for cell in (cells[0], cells[-1]):
        options = compose([*DATA, f"experiment={name}", *cell])
        validate_options(options, build_model, load_source)
        given = {"backbone": "lightgcn", "align": "contrastive"} | dict(word.split("=", 1) for word in cell)
        assert (options["names"]["backbone"], options["names"]["align"]) == (given["backbone"], given["align"])
        assert str(options["seed"]) == given.get("seed", "2023")


@pytest.mark.parametrize("name", CELLS)
def test_an_experiment_tells_its_question_and_its_command(name: str) -> None:
    package, *lines = Path(CONFIG_FOLDER, "experiment", f"{name}.yaml").read_text().splitlines()
    assert package == "# @package _global_"
    comment = [line for line in lines if line.startswith("# ")]
    assert "?" in comment[0]
    assert f"python src/train.py experiment={name} " in comment[-1]


def test_the_command_line_wins_over_an_experiment() -> None:
    assert len(jobs("main_table", "backbone=lightgcn,sgl", "seed=1")) == 2 * 3
    with composed([*DATA, "experiment=noise", "study=again", "paths.outputs=elsewhere"]) as config:
        assert config.hydra.sweep.dir == "elsewhere/studies/again"


@pytest.mark.parametrize("start", ["none", "contrastive", "generative"])
def test_fine_tuning_begins_with_the_cell_of_the_same_backbone_and_seed(start: str) -> None:
    with composed([*DATA, "experiment=finetune", "backbone=sgl", f"start={start}", "seed=5"]) as config:
        assert config.initialise_from == f"outputs/studies/pretrain/earlier-sgl-{start}-seed_5"
    words = ["experiment=finetune", "backbone=sgl", "pretrained_options=patience_20-", f"start={start}", "seed=5"]
    with composed([*DATA, *words, "evaluation.patience=20"]) as config:
        assert config.initialise_from == f"outputs/studies/pretrain/earlier-sgl-{start}-patience_20-seed_5"


def test_fine_tuning_looks_where_pre_training_wrote() -> None:
    words = ["experiment=finetune", "backbone=sgl", "start=none", "seed=5", "paths.outputs=elsewhere"]
    with composed([*DATA, *words]) as config:
        assert config.initialise_from == "elsewhere/studies/pretrain/earlier-sgl-none-seed_5"


def test_fine_tuning_may_begin_from_scratch() -> None:
    assert compose([*DATA, "experiment=finetune"])["initialise_from"] is None


def test_an_ordinary_run_is_no_study() -> None:
    with composed(DATA) as config:
        assert (config.experiment, config.study, config.hydra.mode) == (None, None, None)
        assert config.hydra.sweep.dir.startswith("outputs/multirun/")
