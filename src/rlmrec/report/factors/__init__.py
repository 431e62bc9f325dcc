"""The options that tell settings apart: which they are, their values, and how these are shown."""

from rlmrec.report.factors.names import ASKED, BY_EPOCHS, COLD, CONDITIONS, LENGTH, TASK, TEXT
from rlmrec.report.factors.of_run import factors, perturbations
from rlmrec.report.factors.values import Value, short, show, varying

__all__ = [
    "ASKED",
    "BY_EPOCHS",
    "COLD",
    "CONDITIONS",
    "LENGTH",
    "TASK",
    "TEXT",
    "Value",
    "factors",
    "perturbations",
    "short",
    "show",
    "varying",
]
