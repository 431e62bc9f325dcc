"""Tables of a report."""

from rlmrec.report.tables.further import beyond_accuracy, efficiency, long_form
from rlmrec.report.tables.results import results, summary, tests
from rlmrec.report.tables.strongest import over_strongest
from rlmrec.report.tables.text_table import TextTable
from rlmrec.report.tables.twins import twins

__all__ = [
    "TextTable",
    "beyond_accuracy",
    "efficiency",
    "long_form",
    "over_strongest",
    "results",
    "summary",
    "tests",
    "twins",
]
