"""Learning curves."""

import plotly.graph_objects as go

from rlmrec.report.finished_run import FinishedRun
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.setting import Setting
from rlmrec.report.style import colours, in_panels
from rlmrec.report.trained_embeddings import TrainedModels


def learning_curves(report: ReportData, models: TrainedModels) -> Section:
    """Show the validation metric over epochs for the best setting of every alignment."""
    palette = colours(setting.align for setting in report.settings)
    charts, reasons = [], []
    for task, pairs in report.references().items():
        figures: dict[str, go.Figure] = {}
        for settings in pairs:
            figure = go.Figure()
            for setting in settings:
                if setting.representative.is_fitted:
                    reasons.append(f"{setting.name} is fitted at once, without epochs")
                    continue
                for run in sorted(setting.runs, key=lambda run: run is setting.representative):
                    if run.history is None or run.monitor not in run.history:
                        reasons.append(f"{run.folder.path} kept no {run.folder.history.name} with {run.monitor}")
                    else:
                        _draw(figure, setting, run, palette[setting.align])
            if figure.data:
                figures[settings[0].backbone] = figure
        if figures:
            monitors = {setting.representative.monitor for settings in pairs for setting in settings}
            charts.append(in_panels(figures, task, "epoch", ", ".join(sorted(monitors))))
    intro = (
        "The validation metric that chooses the weights; a circle marks the best epoch. Where options vary, the "
        "setting with the best validation, of clean data and real text if there is one. Strong: the run of median "
        "validation; faint: its other seeds."
    )
    return Section("Learning curves", intro, charts, reasons)


def _draw(figure: go.Figure, setting: Setting, run: FinishedRun, colour: str) -> None:
    assert run.history is not None
    rows = run.history.select("epoch", run.monitor).drop_nulls()
    main = run is setting.representative
    best = run.results["best_epoch"]
    figure.add_scatter(
        x=rows["epoch"].to_list(),
        y=rows[run.monitor].to_list(),
        mode="lines",
        name=setting.label,
        legendgroup=setting.label,
        showlegend=main,
        line={"color": colour, "width": 2.5 if main else 1},
        opacity=1 if main else 0.35,
        hovertemplate=f"{setting.label}, seed {run.seed}<br>epoch %{{x}}: %{{y:.4f}}<extra></extra>",
    )
    if main:
        figure.add_scatter(
            x=[best],
            y=[run.validation],
            mode="markers",
            legendgroup=setting.label,
            showlegend=False,
            marker={"color": colour, "size": 11, "line": {"color": "rgba(255, 255, 255, 0.8)", "width": 2}},
            hovertemplate=f"{setting.label}: best epoch {best}, %{{y:.4f}}<extra></extra>",
        )
