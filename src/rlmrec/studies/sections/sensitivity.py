"""What varied options do: curves over numbers, bars over words."""

from collections import defaultdict
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlmrec.studies.cell import Cell, short, show
from rlmrec.studies.comparison import interval
from rlmrec.studies.factors import Value
from rlmrec.studies.section import Chart, Models, Section
from rlmrec.studies.study import Study
from rlmrec.studies.style import categories, colours, dressed, whiskers

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def sensitivity(study: Study, models: Models) -> Section:
    """A chart for each dataset, backbone and varied option."""
    charts = []
    for (dataset, backbone), of_pair in groupby(study.cells, key=lambda cell: cell.group[:2]):
        cells = list(of_pair)
        for name in sorted({name for cell in cells for name in cell.varied}):
            lines = _lines(cells, name, study.metric)
            if lines:
                figure = _chart(study, cells, name, lines)
                title = f"{dataset} · {backbone}: {short(name, ())}"
                charts.append(Chart(dressed(figure, title, short(name, ()), f"test {study.metric}")))
    reasons = [] if charts else ["no two cells of the same dataset, backbone and alignment differ in one option alone"]
    intro = (
        f"Mean test {study.metric} for every value of an option, all others being equal; whiskers are 95 % confidence "
        "intervals over three seeds or more. A dotted line is the backbone without alignment where the "
        "option does not concern it."
    )
    return Section("Options: noise, text and sensitivity", intro, charts, reasons)


def _lines(cells: list[Cell], name: str, metric: str) -> dict[tuple[str, str], list[Cell]]:
    """Cells that differ in one option only, by alignment and the values of the others; at least two in a line."""
    lines: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if name in cell.varied and len(cell.values(metric)):
            others = {key: value for key, value in cell.varied.items() if key != name}
            lines[cell.align, ", ".join(f"{short(key, others)}={show(value)}" for key, value in others.items())].append(
                cell
            )
    return {key: line for key, line in lines.items() if len(line) > 1}


def _chart(study: Study, cells: list[Cell], name: str, lines: dict[tuple[str, str], list[Cell]]) -> go.Figure:
    palette = colours(cell.align for cell in study.cells)
    numeric = all(_is_number(cell.varied[name]) for line in lines.values() for cell in line)
    figure = go.Figure()
    for i, ((align, others), line) in enumerate(lines.items()):
        values = [cell.values(study.metric) for cell in line]
        same: dict[str, Any] = {
            "x": [cell.varied[name] if numeric else show(cell.varied[name]) for cell in line],
            "y": [float(np.mean(part)) for part in values],
            "error_y": whiskers([interval(part) for part in values]),
            "name": f"{align}, {others}" if others else align,
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        }
        if numeric:
            dash = DASHES[i % len(DASHES)] if others else "solid"
            figure.add_scatter(mode="lines+markers", line={"color": palette[align], "dash": dash, "width": 2.5}, **same)
        else:
            figure.add_bar(marker={"color": palette[align]}, **same)
    plain = [cell for cell in cells if cell.align == "none" and name not in cell.varied]
    if len(plain) == 1 and len(plain[0].values(study.metric)):
        figure.add_hline(
            float(plain[0].values(study.metric).mean()),
            line={"color": palette["none"], "dash": "dot"},
            annotation={"text": "none", "font": {"color": palette["none"]}},
        )
    if numeric:
        numbers = sorted({float(str(cell.varied[name])) for line in lines.values() for cell in line})
        wide = numbers[0] > 0 and numbers[-1] / numbers[0] >= 20
        figure.update_xaxes(type="log" if wide else "linear", tickvals=numbers, ticktext=[f"{x:g}" for x in numbers])
    else:
        categories(figure, list(dict.fromkeys(show(cell.varied[name]) for line in lines.values() for cell in line)))
    return figure


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
