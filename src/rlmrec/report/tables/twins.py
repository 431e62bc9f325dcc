"""A table that compares settings with text with the same under meaningless profiles."""

from collections.abc import Sequence

from rlmrec.report.comparison import Comparison, pairs_of
from rlmrec.report.pairs.differences import told
from rlmrec.report.tables.results import OVER_USERS, mean_and_deviation, paired_cells, sentences
from rlmrec.report.tables.text_table import TextTable

NOTE = (
    "Each row compares a setting with its twin, which has the same options but profiles that say nothing: shuffled "
    "among users and among items, or random. Twins of a leaderboard have options from searches of their own. "
    "Differences are between the means shown. Two-sided paired tests over seeds and over users, as against the same "
    f"without alignment; Holm: adjusted within this table, test and metric. {OVER_USERS}"
)


def twins(compared: Sequence[Comparison]) -> list[TextTable]:
    """Return a table of the differences that meaningful profiles make, with paired tests; empty without twins.

    Args:
        compared: comparisons of settings with their twins.
    """
    rows = []
    for part in compared:
        if part.baseline:
            of_twin = part.baseline.values(part.metric)
            rows.append(
                [
                    part.setting.name,
                    str(part.baseline.factors["text_ablation"]),
                    part.metric,
                    mean_and_deviation(part.setting.values(part.metric)),
                    mean_and_deviation(of_twin),
                    f"{part.mean - of_twin.mean():+.4f}",
                    *paired_cells(part),
                ]
            )
    header = ["setting", "twin", "metric", "real", "of twin", "difference", "shared seeds", "seeds p", "Holm", "users"]
    header += ["Wilcoxon p", "Holm", "t-test p", "Holm"]
    note = " ".join([NOTE, *sentences(told(pairs_of(compared)))])
    return [TextTable("Does what the profiles say help?", header, rows, words=3, note=note)] if rows else []
