"""One self-contained HTML page."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import plotly.io
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from rich.progress import track

from rlmrec.studies.section import Chart, Models, Person, Section
from rlmrec.studies.sections import SECTIONS
from rlmrec.studies.study import Study
from rlmrec.studies.table import Table

TEMPLATES = Path(__file__).parent / "templates"
CONFIG = {"displaylogo": False, "responsive": True, "modeBarButtons": [["toImage", "resetScale2d"]]}


def render(study: Study, tables: Sequence[Table], parts_of: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    """The page as text; everything it needs is in it, and whatever comes from data is escaped.

    Args:
        study: what it is about.
        tables: the tables of the report.
        parts_of: makes the parts of a run from its options.
    """
    models = Models(parts_of)
    sections = [Section("Results", "", [table.narrow for table in tables])]
    sections += [make(study, models) for make in track(SECTIONS, "drawing", transient=True)]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["figure"] = _figure
    environment.tests |= {
        name: _is_a(kind) for name, kind in (("chart", Chart), ("tabular", Table), ("person", Person))
    }
    return environment.get_template("report.html.j2").render(
        sections=sections,
        study=study,
        left_out=study.left_out(),
        made=time.strftime("%Y-%m-%d %H:%M"),
        plotly=Markup(get_plotlyjs()),
    )


def _is_a(kind: type) -> Callable[[Any], bool]:
    return lambda part: isinstance(part, kind)


def _figure(chart: Chart) -> Markup:
    """A figure as a division and the script that draws it; Plotly escapes what is in its data."""
    html = plotly.io.to_html(chart.figure, config=CONFIG, include_plotlyjs=False, full_html=False)
    return Markup(html)
