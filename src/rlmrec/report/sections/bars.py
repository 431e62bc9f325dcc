"""The overview of results as bars with confidence intervals."""

import numpy as np
import plotly.graph_objects as go

from rlmrec.common.terminal import counted
from rlmrec.report.comparison import interval
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.style import apply_style, categories, colours, error_bars
from rlmrec.report.trained_embeddings import TrainedModels


def overview(report: ReportData, models: TrainedModels) -> Section:
    """Show the first metric of the best setting of every alignment, by task."""
    palette = colours(setting.align for setting in report.settings)
    charts = []
    for task, pairs in report.references().items():
        settings = [setting for pair in pairs for setting in pair]
        figure = go.Figure()
        for align in sorted({setting.align for setting in settings}, key=lambda name: (name != "none", name)):
            shown = [setting for setting in settings if setting.align == align and len(setting.values(report.metric))]
            values = [setting.values(report.metric) for setting in shown]
            figure.add_bar(
                x=[setting.backbone for setting in shown],
                y=[float(np.mean(part)) for part in values],
                error_y=error_bars([interval(part) for part in values]),
                name=align,
                marker={"color": palette[align]},
                customdata=[[setting.label, counted(len(setting.runs), "seed")] for setting in shown],
                hovertemplate="%{x}, %{customdata[0]}<br>%{y:.4f}, %{customdata[1]}<extra></extra>",
            )
        categories(figure, list(dict.fromkeys(setting.backbone for setting in settings)))
        charts.append(apply_style(figure, task, y=f"test {report.metric}"))
    intro = (
        f"Mean test {report.metric} over seeds; error bars are 95 % confidence intervals of the mean by Student's t, "
        "wide where seeds are few, and left out for fewer than three. Where options vary, the setting with the best "
        "validation, of clean data and real text if there is one; if several validation metrics chose, by that of none."
    )
    return Section("Overview", intro, charts)
