"""A summary of the results in sentences that claim no more than the tests support."""

from collections import defaultdict
from collections.abc import Sequence
from math import isnan

from rlmrec.common.errors import printable
from rlmrec.common.terminal import counted
from rlmrec.report.comparison import Comparison
from rlmrec.report.pairs.differences import trained_alike
from rlmrec.report.setting import Setting, task_names
from rlmrec.report.significance import FEWEST_SEEDS
from rlmrec.report.strongest_row import OverStrongest, over_strongest_rows
from rlmrec.report.tables.results import percent, stated

LEVEL = 0.05


def headlines(compared: Sequence[Comparison], metric: str, twins: Sequence[Comparison] = ()) -> list[str]:
    """Return a summary for each dataset and task: the highest mean, and the gains that tests over seeds support.

    Args:
        compared: comparisons of every setting under every metric.
        metric: first metric of the report.
        twins: comparisons of settings with text with the same under meaningless profiles.
    """
    shown = [part for part in compared if part.metric == metric]
    names = task_names([part.setting for part in shown])
    by_task: dict[str, list[Comparison]] = defaultdict(list)
    for part in shown:
        by_task[names[part.setting]].append(part)
    return [f"{name}: {_highest(parts, metric, twins)}" for name, parts in by_task.items()]


def _highest(parts: list[Comparison], metric: str, twins: Sequence[Comparison]) -> str:
    best = max(parts, key=lambda part: -1.0 if isnan(part.mean) else part.mean)
    setting = best.setting
    measured = setting.seeds([metric])
    runs = "one run" if measured == "1" else f"mean of {measured} seeds"
    named = f"{setting.backbone} with align={setting.label}"
    if len(parts) == 1:
        return f"test {metric} of {named} is {best.mean:.4f} ({runs})."
    sentences = [f"the highest test {metric} is {best.mean:.4f}, by {named} ({runs})."]
    over = [*over_strongest_rows([part.setting for part in parts], metric)]
    if not over or any(part.baseline for part in parts):
        sentences.append(_gains(parts))
    settings = {part.setting for part in parts}
    of_task = [part for part in twins if part.setting in settings and part.metric == metric]
    return " ".join([*sentences, *(_over_strongest(found) for found in over), *_over_twins(of_task), *_origin(parts)])


def _over_strongest(found: OverStrongest) -> str:
    """Return a sentence on rows with text compared with the strongest row without text."""
    base = f"{found.strongest.backbone} with align={found.strongest.label}, the strongest row without text"
    gaining = [
        (setting, gain, p)
        for setting, gain, p in zip(found.texts, found.gains, found.p, strict=True)
        if gain > 0 and p < LEVEL
    ]
    if not any(trained_alike(setting, found.strongest) for setting in found.attempts):
        return (
            f"Whether a row with text is better than {base}, cannot be said: they differ in how they were trained, as "
            "warnings say."
        )
    if all(isnan(p) for p in found.p):
        return (
            f"Whether a row with text is better than {base}, cannot be said: that takes {FEWEST_SEEDS} seeds or more "
            "that both share, and differences that vary."
        )
    count, compared = len(found.attempts), sum(not isnan(p) for p in found.p)
    tested = "" if compared == count else f", {compared} of which could be tested"
    if not gaining:
        return f"No row with text is significantly better over seeds than {base}, of {count}{tested}."
    listed = "; ".join(_gain(setting, gain, stated(p)) for setting, gain, p in gaining)
    return f"Significantly better over seeds than {base}, of {count} rows with text{tested}: {listed}."


def _over_twins(twins: Sequence[Comparison]) -> list[str]:
    """Return a sentence on rows with text compared with the same under meaningless profiles; none if none is tested."""
    tested = [part for part in twins if not isnan(part.seeds_t_test_holm)]
    if not tested:
        return []
    found = [part for part in tested if part.gain > 0 and part.seeds_t_test_holm < LEVEL]
    start = f"Real profiles against meaningless ones, {counted(len(tested), 'tested pair')}:"
    if not found:
        return [f"{start} none is significantly better over seeds."]
    listed = "; ".join(_gain(part.setting, part.gain, stated(part.seeds_t_test_holm)) for part in found)
    return [f"{start} significantly better over seeds: {listed}."]


def _gain(setting: Setting, gain: float, about: str) -> str:
    return f"{setting.backbone} with {setting.label} {percent(gain)} ({about})"


def _origin(parts: list[Comparison]) -> list[str]:
    """Return the origins of data and profiles, in the words of the datasets, for runs that use text."""
    told = {run.data for part in parts if part.setting.uses_text for run in part.setting.runs if run.data}
    return [f"Data: {printable(line)}." for line in sorted(told)]


def _gains(parts: list[Comparison]) -> str:
    """Return a sentence on the gains over the same settings without alignment."""
    against = [part for part in parts if part.baseline]
    tested = [part for part in against if not isnan(part.seeds_t_test_holm)]
    if not against:
        return "Nothing was trained that could be compared with and without alignment."
    alike = [part for part in against if part.baseline and trained_alike(part.setting, part.baseline)]
    if not tested and not alike:
        return (
            "Whether alignment helps cannot be said: what is compared differs in how it was trained, as warnings say."
        )
    if not tested:
        return (
            f"Whether alignment helps cannot be said: that takes {FEWEST_SEEDS} seeds or more that both sides share, "
            f"and here are at most {max(part.seeds for part in alike)}."
        )
    differences = f"{counted(len(tested), 'tested difference')} from the same without alignment"
    found = [part for part in tested if part.seeds_t_test_holm < LEVEL]
    if not found:
        return (
            f"None of {differences} is significant over seeds "
            f"(smallest {stated(min(part.seeds_t_test_holm for part in tested))}, Holm-adjusted)."
        )
    listed = "; ".join(
        _gain(part.setting, part.gain, f"{stated(part.seeds_t_test_holm)}, {part.seeds} seeds") for part in found
    )
    return f"Significant over seeds, of {differences}: {listed}."
