"""Every configuration file composes and is valid."""

import csv
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class
from omegaconf import OmegaConf

from places import FIXTURES
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.data import published
from rlmrec.options import resolvers
from rlmrec.options.validate_options import validate_options

BACKBONES, ALIGNMENTS, PRESETS = (
    sorted(path.stem for path in Path(CONFIG_FOLDER, group).glob("*.yaml")) for group in ("backbone", "align", "preset")
)
PLACES = {
    "lr": "optimizer.lr",
    "weight_decay": "optimizer.weight_decay",
    "batch_size": "datamodule.batch_size",
    "reg_weight": "recommender.reg_weight",
    "align_temperature": "align.temperature",
    "align_weight": "align.weight",
    "mask_ratio": "align.mask_ratio",
    "max_epochs": "trainer.max_epochs",
    "patience": "evaluation.patience",
    "val_every": "evaluation.every_n_epochs",
    "seed": "seed",
}


def composed(*overrides: str) -> dict[str, Any]:
    resolvers.register()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        config = compose("train", overrides=["names.backbone=x", "names.align=y", *overrides])
    return OmegaConf.to_container(config, resolve=True)


@pytest.mark.parametrize(("backbone", "align"), product(BACKBONES, ALIGNMENTS))
def test_every_pair_composes_and_passes_the_checks(backbone: str, align: str) -> None:
    validate_options(composed(f"backbone={backbone}", f"align={align}"))


@pytest.mark.parametrize("group", ["dataset", "trainer", "logger", "callbacks", "encoder", "backbone", "align"])
def test_every_target_exists_and_takes_its_options(group: str) -> None:
    for path in Path(CONFIG_FOLDER, group).glob("*.yaml"):
        for node in targets(OmegaConf.to_container(OmegaConf.load(path))):
            options = {name for name in node if not name.startswith("_")} - {"defaults"}
            made = locate(node["_target_"])
            names = set(made.__init__.__annotations__) if isinstance(made, type) else set(made.__annotations__)
            if made.__module__.startswith("rlmrec"):
                assert options <= names, (path, options - names)


def locate(target: str) -> Any:
    try:
        return get_class(target)
    except ValueError:  # a function
        module, _, name = target.rpartition(".")
        return getattr(__import__(module, fromlist=[name]), name)


def targets(node: Any) -> list[dict[str, Any]]:
    if not isinstance(node, dict):
        return []
    return ([node] if "_target_" in node else []) + [found for part in node.values() for found in targets(part)]


def test_presets_are_the_published_hyper_parameters() -> None:
    rows = list(csv.DictReader((FIXTURES / "hyperparameters.csv").open()))
    assert len(rows) == 54
    assert {f"{row['dataset']}-{row['backbone']}-{row['align']}" for row in rows} <= set(PRESETS)
    for row in rows:
        names = [row.pop(name) for name in ("dataset", "backbone", "align")]
        config = OmegaConf.create(composed(*map("=".join, zip(("dataset", "backbone", "align"), names, strict=True))))
        assert row.pop("augmentation") in ("", "edge_drop")  # the only one that works in the release (quirk Q16)
        for name, value in row.items():
            if value:
                place = PLACES.get(name, f"backbone.{name}")
                assert OmegaConf.select(config, place) == float(value), (names, place)
        if names[1] == "gccf":
            assert config.backbone.self_loops == (names[2] == "none"), "quirk Q1"


def test_the_command_line_wins_over_a_preset_and_choices_pick_it() -> None:
    assert composed("dataset=amazon", "align=generative")["backbone"]["num_layers"] == 2
    assert composed("dataset=amazon", "align=none")["backbone"]["num_layers"] == 3
    assert composed("dataset=amazon", "align=generative", "backbone.num_layers=5")["backbone"]["num_layers"] == 5
    borrowed = composed("dataset=folder", "dataset.root=x", "preset=yelp-${backbone}-${align}", "align=generative")
    assert borrowed["align"]["mask_ratio"] == 0.05


def test_published_names_have_their_own_dataset_files() -> None:
    names = published.PublishedDataset.__init__.__annotations__["name"].__args__
    for name in names:
        assert composed(f"dataset={name}")["dataset"]["name"] == name
