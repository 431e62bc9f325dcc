"""Learning curves."""

import plotly.graph_objects as go

from rlmrec.studies.cell import Cell
from rlmrec.studies.run import Run
from rlmrec.studies.section import Chart, Models, Section
from rlmrec.studies.study import Study
from rlmrec.studies.style import colours, dressed


def learning_curves(study: Study, models: Models) -> Section:
    """The validation metric over epochs, for the best cell of every alignment."""
    palette = colours(cell.align for cell in study.cells)
    charts, reasons = [], []
    for cells in study.references():
        figure = go.Figure()
        for cell in cells:
            for run in sorted(cell.runs, key=lambda run: run is cell.representative):
                if run.history is None or run.monitor not in run.history:
                    reasons.append(f"{run.folder.path} kept no metrics.csv with {run.monitor}")
                else:
                    _draw(figure, cell, run, palette[cell.align])
        if figure.data:
            charts.append(Chart(dressed(figure, cells[0].pair, "epoch", cells[0].representative.monitor)))
    intro = (
        "The validation metric that chooses the weights; a circle marks the best epoch. Where options vary, the cell "
        "with the best validation, of clean data and real text if there is one. Strong: the run of median "
        "validation; faint: its other seeds."
    )
    return Section("Learning curves", intro, charts, reasons)


def _draw(figure: go.Figure, cell: Cell, run: Run, colour: str) -> None:
    assert run.history is not None
    rows = run.history.select("epoch", run.monitor).drop_nulls()
    main = run is cell.representative
    best = run.results["best_epoch"]
    figure.add_scatter(
        x=rows["epoch"].to_list(),
        y=rows[run.monitor].to_list(),
        mode="lines",
        name=cell.label,
        legendgroup=cell.label,
        showlegend=main,
        line={"color": colour, "width": 2.5 if main else 1},
        opacity=1 if main else 0.35,
        hovertemplate=f"{cell.label}, seed {run.seed}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
    )
    if main:
        figure.add_scatter(
            x=[best],
            y=[run.validation],
            mode="markers",
            legendgroup=cell.label,
            showlegend=False,
            marker={"color": colour, "size": 11, "line": {"color": "white", "width": 2}},
            hovertemplate=f"{cell.label}: best epoch {best}, %{{y:.4f}}<extra></extra>",
        )
