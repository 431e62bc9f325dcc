"""Tables that compare rows with text with the strongest row without text."""

from collections.abc import Sequence

from rlmrec.report.pairs.differences import told
from rlmrec.report.setting import Setting
from rlmrec.report.significance import shared_seeds
from rlmrec.report.strongest_row import OverStrongest, over_strongest_rows
from rlmrec.report.tables.results import mean_and_deviation, percent, probability, sentences
from rlmrec.report.tables.text_table import TextTable

NOTE = (
    "The strongest is the one with the highest validation metric, not test metric. p: paired t-test over the seeds "
    "that both share, Holm-adjusted within the table; rows with meaningless profiles are controls and not tested."
)


def over_strongest(settings: Sequence[Setting], metric: str) -> list[TextTable]:
    """Return a table per dataset and task that has rows with text, and rows without of at least two backbones.

    Args:
        settings: settings in any order.
        metric: name of the test metric.
    """
    return [_table(found, metric) for found in over_strongest_rows(settings, metric)]


def _table(found: OverStrongest, metric: str) -> TextTable:
    strongest = found.strongest
    rows = [
        [
            setting.backbone,
            setting.label,
            str(len(shared_seeds(setting, strongest))),
            mean_and_deviation(setting.values(metric)),
            percent(gain),
            probability(p),
        ]
        for setting, gain, p in zip(found.texts, found.gains, found.p, strict=True)
    ]
    against = f"{strongest.backbone} with align={strongest.label}, {mean_and_deviation(strongest.values(metric))}"
    note = " ".join([NOTE, *sentences(told(found.pairs))])
    title = f"Test {metric} on {strongest.dataset} over the strongest row without text: {against}"
    return TextTable(title, ["backbone", "align", "shared seeds", metric, "gain", "p"], rows, words=2, note=note)
