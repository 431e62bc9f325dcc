"""Rows with text against the strongest row without."""

from collections.abc import Sequence
from math import inf, nan

from rlmrec.report.setting import Setting
from rlmrec.report.significance import holm, paired_t_over_seeds, shared_seeds
from rlmrec.report.tables.results import mean_and_deviation, percent, probability
from rlmrec.report.tables.text_table import TextTable

NOTE = (
    "The strongest is the one with the highest validation metric, not test metric. p: paired t-test over the seeds "
    "that both share, Holm-adjusted within the table."
)


def over_strongest(settings: Sequence[Setting], metric: str) -> list[TextTable]:
    """Return a table for each dataset and task that has rows with text and, of several backbones, rows without.

    Args:
        settings: in any order.
        metric: of the test.
    """
    groups: dict[tuple[str, str, str], list[Setting]] = {}
    for setting in settings:
        if len(setting.values(metric)):
            groups.setdefault((setting.dataset, str(setting.task), setting.runs[0].monitor), []).append(setting)
    return [table for members in groups.values() for table in _table(members, metric)]


def _table(settings: list[Setting], metric: str) -> list[TextTable]:
    plain = [setting for setting in settings if not setting.uses_text and setting.validation > -inf]
    texts = [setting for setting in settings if setting.uses_text]
    if not texts or len({setting.backbone for setting in plain}) < 2:
        return []
    strongest = max(plain, key=lambda setting: setting.validation)
    base = float(strongest.values(metric).mean())
    adjusted = holm([paired_t_over_seeds(setting, strongest, metric) for setting in texts])
    rows = [
        [
            setting.backbone,
            setting.label,
            str(len(shared_seeds(setting, strongest))),
            mean_and_deviation(setting.values(metric)),
            percent(float(setting.values(metric).mean()) / base - 1 if base else nan),
            probability(p),
        ]
        for setting, p in zip(texts, adjusted, strict=True)
    ]
    against = f"{strongest.backbone} with align={strongest.label}, {mean_and_deviation(strongest.values(metric))}"
    title = f"Test {metric} on {settings[0].dataset} over the strongest row without text: {against}"
    return [TextTable(title, ["backbone", "align", "shared seeds", metric, "gain", "p"], rows, words=2, note=NOTE)]
