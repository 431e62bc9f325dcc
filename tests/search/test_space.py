from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from choices import BACKBONES, FITTED, pairs
from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.common.errors import UserError
from rlmrec.options import resolvers
from rlmrec.search.space import parse, starting_point, words


@pytest.mark.parametrize(
    ("sweep", "distribution"),
    [
        ("interval(0.1, 1)", FloatDistribution(0.1, 1)),
        ("tag(log, interval(1e-5, 0.1))", FloatDistribution(1e-5, 0.1, log=True)),
        ("int(interval(1, 4))", IntDistribution(1, 4)),
        ("tag(log, int(interval(1, 64)))", IntDistribution(1, 64, log=True)),
        ("range(1, 8, 3)", IntDistribution(1, 7, step=3)),
        ("range(0.1, 0.35, 0.1)", CategoricalDistribution([0.1, 0.2, 0.30000000000000004])),
        ("choice(1, 0.5, true, a, 'b c')", CategoricalDistribution([1, 0.5, True, "a", "b c"])),
        ("1,2", CategoricalDistribution([1, 2])),
    ],
)
def test_sweeps_as_hydra_writes_them(sweep: str, distribution: Any) -> None:
    assert parse({"x": sweep}, ["a=1", "b=c"]) == ({"x": distribution}, ["a=1", "b=c"])
    assert parse({}, [f"x={sweep}"])[0] == {"x": distribution}


def test_the_command_line_wins() -> None:
    params = {"x": "choice(1, 2)", "y": "choice(1, 2)", "z": "5"}
    space, fixed = parse(params, ["x=interval(0, 1)", "y=7"])
    assert space == {"x": FloatDistribution(0, 1)}
    assert fixed == ["y=7", "z=5"]


def test_nothing_to_search_is_a_mistake() -> None:
    with pytest.raises(UserError, match="nothing is searched"):
        parse({"x": "choice(1, 2)"}, ["x=1"])


def test_values_come_back_from_their_words() -> None:
    values = {"a": 1, "b": 1e-08, "c": True, "d": None, "e": "it's [odd], ${x}=1", "f": "plain"}
    config = compose_with(words({f"+{name}": value for name, value in values.items()}))
    assert {name: OmegaConf.to_container(config)[name] for name in values} == values  # type: ignore[call-overload,index]


def test_a_search_starts_from_the_defaults_or_what_is_nearest() -> None:
    space, _ = parse(
        {
            "a.b": "interval(0, 1.0)",
            "c": "range(1, 8, 3)",
            "d": "choice(5, 6)",
            "e": "choice(1, 2)",
            "+f": "interval(3, 4)",
        },
        [],
    )
    defaults = OmegaConf.create({"a": {"b": 2}, "c": 6, "d": 6, "e": 9})
    assert starting_point(space, defaults) == {"a.b": 1.0, "c": 4, "d": 6, "e": 1, "+f": 3}


def compose_with(overrides: list[str]) -> DictConfig:
    resolvers.register()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        return compose("train", overrides=["names.backbone=x", "names.align=y", *overrides], return_hydra_config=True)


@pytest.mark.parametrize("backbone", [name for name in FITTED if name != "pop"])
def test_fitted_backbones_are_searched_by_their_own_options_alone(backbone: str) -> None:
    config = compose_with(["hparams=optuna", "dataset=amazon", f"backbone={backbone}"])
    space, _ = parse(dict(config.hydra.sweeper.params), [])
    assert space and {name.partition(".")[0] for name in space} == {"backbone"}
    start = starting_point(space, config)
    assert start.keys() == space.keys()
    assert {name: OmegaConf.select(config, name) for name in start} == start


PAIRS_OF_DATASETS = [
    pytest.param(dataset, *pair.values, marks=pair.marks if number % 3 == place else [pytest.mark.full])
    for number, pair in enumerate(pairs(BACKBONES))
    for place, dataset in enumerate(("amazon", "yelp", "steam"))
]
"""Pairs of parts, each with one of the datasets in turn; the rest is for ``make test-all``."""


@pytest.mark.parametrize(("dataset", "backbone", "align"), PAIRS_OF_DATASETS)
def test_every_space_holds_the_published_values(dataset: str, backbone: str, align: str) -> None:
    config = compose_with(["hparams=optuna", f"dataset={dataset}", f"backbone={backbone}", f"align={align}"])
    space, _ = parse(dict(config.hydra.sweeper.params), [])
    options = {name.partition(".")[0] for name in space}
    assert options >= {"optimizer", "recommender", "backbone"}
    assert ("align" in options) == (align != "none")
    for name, value in starting_point(space, config).items():
        assert value == OmegaConf.select(config, name), name
