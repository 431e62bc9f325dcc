"""Bars with intervals."""

from itertools import groupby

import numpy as np
import plotly.graph_objects as go

from rlmrec.studies.comparison import interval
from rlmrec.studies.section import Chart, Models, Section
from rlmrec.studies.study import Study
from rlmrec.studies.style import categories, colours, dressed, whiskers


def overview(study: Study, models: Models) -> Section:
    """The first metric of the best cell of every alignment, by dataset."""
    palette = colours(cell.align for cell in study.cells)
    charts = []
    references = [cell for cells in study.references() for cell in cells]
    for dataset, of_dataset in groupby(references, key=lambda cell: cell.dataset):
        cells = list(of_dataset)
        figure = go.Figure()
        for align in sorted({cell.align for cell in cells}, key=lambda name: (name != "none", name)):
            shown = [cell for cell in cells if cell.align == align and len(cell.values(study.metric))]
            values = [cell.values(study.metric) for cell in shown]
            figure.add_bar(
                x=[cell.backbone for cell in shown],
                y=[float(np.mean(part)) for part in values],
                error_y=whiskers([interval(part) for part in values]),
                name=align,
                marker={"color": palette[align]},
                customdata=[[cell.label, len(cell.runs)] for cell in shown],
                hovertemplate="%{x}, %{customdata[0]}<br>%{y:.4f}, %{customdata[1]} seed(s)<extra></extra>",
            )
        categories(figure, list(dict.fromkeys(cell.backbone for cell in cells)))
        charts.append(Chart(dressed(figure, str(dataset), y=f"test {study.metric}")))
    intro = (
        f"Mean test {study.metric} over seeds; whiskers are 95 % confidence intervals of the mean by Student's t, wide "
        "where seeds are few, and left out for fewer than three. Where options vary, the cell with the best "
        "validation, of clean data and real text if there is one."
    )
    return Section("Overview", intro, charts)
