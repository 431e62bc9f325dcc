"""The report as one self-contained HTML page."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import plotly.io
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from rlmrec.common.terminal import progress_bar
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section, UserCase
from rlmrec.report.sections import SECTIONS
from rlmrec.report.tables.text_table import TextTable
from rlmrec.report.trained_embeddings import TrainedModels

TEMPLATES = Path(__file__).parent / "templates"
CONFIG = {"displaylogo": False, "responsive": True, "modeBarButtons": [["toImage", "resetScale2d"]]}


def render(report: ReportData, tables: Sequence[TextTable]) -> str:
    """Return the page as self-contained HTML, with everything that comes from data escaped.

    Args:
        report: settings and their comparisons.
        tables: tables of the report.
    """
    models = TrainedModels()
    sections = [Section("Results", "", tables)]
    sections += [make(report, models) for make in progress_bar(SECTIONS, desc="drawing", leave=False)]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["figure"] = _figure
    environment.tests |= {
        name: _is_a(kind) for name, kind in (("figure", go.Figure), ("tabular", TextTable), ("user_case", UserCase))
    }
    return environment.get_template("report.html.j2").render(
        sections=sections,
        report=report,
        excluded=report.excluded(),
        made=time.strftime("%Y-%m-%d %H:%M"),
        plotly=Markup(get_plotlyjs()),
    )


def _is_a(kind: type) -> Callable[[Any], bool]:
    return lambda part: isinstance(part, kind)


def _figure(figure: go.Figure) -> Markup:
    """Return a figure as a ``div`` with the script that draws it; Plotly escapes its data."""
    html = plotly.io.to_html(figure, config=CONFIG, include_plotlyjs=False, full_html=False)
    return Markup(html)
