"""The building blocks of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from rlmrec.report.report_data import ReportData
from rlmrec.report.tables.text_table import TextTable
from rlmrec.report.trained_embeddings import TrainedModels


@dataclass(frozen=True)
class UserCase:
    """A user of a case study.

    Args:
        rule: reason for choosing this user.
        title: backbone and name of the user.
        profile: profile text.
        history: titles of training items.
        held_out: titles of test items.
        lists: for each alignment its name, its metric for this user with its options, and the recommended titles,
            each with whether it is a test item.
    """

    rule: str
    title: str
    profile: str
    history: Sequence[str]
    held_out: Sequence[str]
    lists: Sequence[tuple[str, str, Sequence[tuple[str, bool]]]]


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Args:
        title: title of the section.
        intro: explanation of what it shows and how it was computed.
        parts: tables, figures and user cases in display order.
        reasons: lines about omitted parts.
    """

    title: str
    intro: str
    parts: Sequence[TextTable | go.Figure | UserCase] = ()
    reasons: Sequence[str] = field(default_factory=list)


SectionMaker = Callable[[ReportData, TrainedModels], Section]
