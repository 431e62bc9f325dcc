"""What sections of the page are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from rlmrec.errors import UserError
from rlmrec.studies.study import Study
from rlmrec.studies.table import Table
from rlmrec.studies.vectors import Trained


class LeftOutError(UserError):
    """A section, or a part of it, that cannot be made; the message says why."""


@dataclass(frozen=True)
class Chart:
    """A figure.

    Args:
        figure: in Plotly's terms.
        caption: below it.
    """

    figure: go.Figure
    caption: str = ""


@dataclass(frozen=True)
class Person:
    """A user of a case study.

    Args:
        rule: why this one.
        title: who.
        profile: text.
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
        parts: tables, charts and persons, in order.
        reasons: a line for each part that was left out.
    """

    title: str
    intro: str
    parts: Sequence[Table | Chart | Person] = ()
    reasons: Sequence[str] = field(default_factory=list)


class Models:
    """Trained models of runs, rebuilt when first asked for.

    Args:
        parts_of: makes the parts of a run from its options.
    """

    def __init__(self, parts_of: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.parts_of = parts_of
        self.datasets: dict[str, Any] = {}
        self.trained: dict[Any, Trained | str] = {}

    def of(self, run: Any) -> Trained:
        """Data and vectors of a run.

        Raises:
            LeftOutError: if its dataset or its weights are not there any more.
        """
        if run not in self.trained:
            try:
                self.trained[run] = Trained.load(run, self.parts_of, self.datasets)
            except (UserError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
                cause = error.__cause__ if isinstance(error.__cause__, UserError) else error
                self.trained[run] = f"{run.folder.path} cannot be rebuilt: {' '.join(str(cause).split())}"
        found = self.trained[run]
        if isinstance(found, str):
            raise LeftOutError(found)
        return found


SectionMaker = Callable[[Study, Models], Section]
