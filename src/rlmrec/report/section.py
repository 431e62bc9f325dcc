"""The parts of the page."""

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
        rule: why this user was chosen.
        title: backbone, and name of the user.
        profile: profile text.
        history: titles of training items.
        held_out: titles of test items.
        lists: name of the alignment, its metric for this user with its options, and the titles it recommends, each
            with whether it is a test item.
    """

    rule: str
    title: str
    profile: str
    history: Sequence[str]
    held_out: Sequence[str]
    lists: Sequence[tuple[str, str, Sequence[tuple[str, bool]]]]


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Args:
        title: of the section.
        intro: what it shows and how it was computed.
        parts: tables, figures and user_cases, in order.
        reasons: a line for each part that was left out.
    """

    title: str
    intro: str
    parts: Sequence[TextTable | go.Figure | UserCase] = ()
    reasons: Sequence[str] = field(default_factory=list)


SectionMaker = Callable[[ReportData, TrainedModels], Section]
