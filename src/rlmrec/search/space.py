"""Search spaces: conversion of Hydra's sweep syntax to Optuna distributions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, Quote, QuotedString, RangeSweep, Transformer
from omegaconf import DictConfig, OmegaConf
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from rlmrec.common.errors import UserError

Space = dict[str, BaseDistribution]
ONE_SEARCH_EACH = (
    "dataset",
    "backbone",
    "align",
    "fusion",
    "init",
    "seed",
    "text_ablation",
    "interaction_noise",
    "evaluation.monitor",
)
"""Options that are fixed within a search, as are all of the dataset, since trials would not be comparable."""


def parse(params: Mapping[str, str | None], arguments: Sequence[str]) -> tuple[Space, list[str]]:
    """Return the search space, and the overrides shared by all trials.

    Args:
        params: sweeps by option, such as ``interval(0.1, 1)``; None for options that are not searched.
        arguments: overrides on the command line, which take precedence over ``params``.

    Raises:
        UserError: if no option is searched, or one that cannot be.
    """
    parser = OverridesParser.create()
    given = parser.parse_overrides(list(arguments))
    named = {override.key_or_group for override in given}
    others = [f"{name}={sweep}" for name, sweep in params.items() if sweep is not None and name not in named]
    configured = parser.parse_overrides(others)
    space = {o.get_key_element(): _distribution(o) for o in [*configured, *given] if o.is_sweep_override()}
    if not space:
        raise UserError(
            "nothing is searched, since no option has a range: give one to an option of this model, such as "
            "optimizer.lr='interval(0.0001, 0.01)' if it is trained"
        )
    fixed = [str(o.input_line) for o in given if not o.is_sweep_override()]
    return space, fixed + [str(o.input_line) for o in configured if not o.is_sweep_override()]


def _distribution(override: Override) -> BaseDistribution:
    name, sweep = override.key_or_group, override.value()
    if name in ONE_SEARCH_EACH or name.partition(".")[0] == "dataset":
        raise UserError(f"{override.input_line}: a search is for one {name}; search for each, or sweep with -m")
    if isinstance(sweep, IntervalSweep):
        low, high = sweep.start, sweep.end
        if low is None or high is None or low > high or ("log" in sweep.tags and low <= 0):
            raise UserError(f"{override.input_line}: an interval goes from low to high, above 0 where its scale is log")
        if isinstance(low, int) and isinstance(high, int):
            return IntDistribution(low, high, log="log" in sweep.tags)
        return FloatDistribution(low, high, log="log" in sweep.tags)
    if isinstance(sweep, RangeSweep) and all(isinstance(n, int) for n in (sweep.start, sweep.stop, sweep.step)):
        values = range(*(int(n) for n in (sweep.start, sweep.stop, sweep.step) if n is not None))
        if len(values) and values.step > 0:
            return IntDistribution(values[0], values[-1], step=values.step)
    choices = [_plain(value) for value in override.sweep_iterator(transformer=Transformer.identity)]
    if not all(isinstance(choice, bool | int | float | str) for choice in choices):
        raise UserError(f"{override.input_line}: choices are numbers, words, true or false")
    return CategoricalDistribution(choices)


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, QuotedString) else value


def words(values: Mapping[str, Any]) -> list[str]:
    """Return option values as command-line overrides."""
    return [f"{name}={_word(value)}" for name, value in values.items()]


def _word(value: Any) -> str:
    if isinstance(value, str):
        return QuotedString(text=value, quote=Quote.single).with_quotes()
    return json.dumps(value)  # JSON and Hydra write numbers, true, false and null alike


def starting_point(space: Space, defaults: DictConfig) -> dict[str, Any]:
    """Return the default of every searched option, or a nearby value in the space.

    Args:
        space: distributions by option.
        defaults: configuration without the search.
    """
    return {name: _nearest(part, OmegaConf.select(defaults, name.lstrip("+"))) for name, part in space.items()}


def _nearest(distribution: BaseDistribution, value: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return value if value in distribution.choices else distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if not isinstance(value, int | float):
        return distribution.low
    clipped = min(max(value, distribution.low), distribution.high)
    if isinstance(distribution, FloatDistribution):
        return float(clipped)
    return distribution.low + (int(clipped) - distribution.low) // distribution.step * distribution.step
