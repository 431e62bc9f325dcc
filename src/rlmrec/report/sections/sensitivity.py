"""The effect of varied options: curves over numbers, bars over categories."""

from collections import defaultdict
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rlmrec.report.comparison import baseline, interval
from rlmrec.report.factors import Value, short, show
from rlmrec.report.report_data import ReportData
from rlmrec.report.section import Section
from rlmrec.report.setting import Setting
from rlmrec.report.style import categories, colours, error_bars, in_panels
from rlmrec.report.trained_embeddings import TrainedModels

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", "x", "-", ".", "\\", "|", "+")
"""Styles of lines and bars that differ in further options; the colour shows the alignment."""


def sensitivity(report: ReportData, models: TrainedModels) -> Section:
    """Show a chart for each dataset, backbone and varied option."""
    charts = []
    for dataset, of_dataset in groupby(report.settings, key=lambda setting: setting.dataset):
        figures: dict[str, dict[str, go.Figure]] = defaultdict(dict)
        for backbone, of_pair in groupby(of_dataset, key=lambda setting: setting.backbone):
            settings = list(of_pair)
            for name in sorted({name for setting in settings for name in setting.varied}):
                if lines := _lines(settings, name, report.metric):
                    figures[name][backbone] = _chart(report, settings, name, lines)
        for name, by_backbone in sorted(figures.items()):
            title = f"{dataset} · {short(name, ())}"
            charts.append(in_panels(by_backbone, title, short(name, ()), f"test {report.metric}"))
    reasons = (
        [] if charts else ["no two settings of the same dataset, backbone and alignment differ in one option alone"]
    )
    intro = (
        f"Mean test {report.metric} for every value of an option, all others being equal; error bars are 95 % "
        "confidence intervals over three seeds or more. A dotted line is what the settings are compared with in "
        "the tables, the same without alignment, where the option does not concern it."
    )
    return Section("Options: noise, text and sensitivity", intro, charts, reasons)


def _lines(settings: list[Setting], name: str, metric: str) -> dict[tuple[str, str], list[Setting]]:
    """Return lines of at least two settings that differ only in ``name``, by alignment and the other options."""
    lines: dict[tuple[str, str], list[Setting]] = defaultdict(list)
    for setting in settings:
        if name in setting.varied and len(setting.values(metric)):
            others = {key: value for key, value in setting.varied.items() if key != name}
            lines[
                setting.align, ", ".join(f"{short(key, others)}={show(value)}" for key, value in others.items())
            ].append(setting)
    return {key: line for key, line in lines.items() if len(line) > 1}


def _chart(
    report: ReportData, settings: list[Setting], name: str, lines: dict[tuple[str, str], list[Setting]]
) -> go.Figure:
    palette = colours(setting.align for setting in report.settings)
    numeric = all(_is_number(setting.varied[name]) for line in lines.values() for setting in line)
    figure = go.Figure()
    marks = list(dict.fromkeys(others for _, others in lines))
    for (align, others), line in lines.items():
        mark = marks.index(others)
        values = [setting.values(report.metric) for setting in line]
        same: dict[str, Any] = {
            "x": [setting.varied[name] if numeric else show(setting.varied[name]) for setting in line],
            "y": [float(np.mean(part)) for part in values],
            "error_y": error_bars([interval(part) for part in values]),
            "name": f"{align}, {others}" if others else align,
            "hovertemplate": "%{x}: %{y:.4f}<extra></extra>",
        }
        if numeric:
            dash = DASHES[mark % len(DASHES)]
            figure.add_scatter(mode="lines+markers", line={"color": palette[align], "dash": dash, "width": 2.5}, **same)
        else:
            pattern = {"shape": PATTERNS[mark % len(PATTERNS)], "solidity": 0.4}
            figure.add_bar(marker={"color": palette[align], "pattern": pattern}, **same)
    if numeric:
        numbers = sorted({float(str(setting.varied[name])) for line in lines.values() for setting in line})
        wide = numbers[0] > 0 and numbers[-1] / numbers[0] >= 20
        figure.update_xaxes(type="log" if wide else "linear", tickvals=numbers, ticktext=[f"{x:g}" for x in numbers])
    else:
        names = list(dict.fromkeys(show(setting.varied[name]) for line in lines.values() for setting in line))
        categories(figure, names)
    for plain in _baselines(settings, name, lines):
        if len(own := plain.values(report.metric)):
            ends = [numbers[0], numbers[-1]] if numeric else names
            style = {"color": palette[plain.align], "dash": "dot"}
            height = float(own.mean())
            figure.add_scatter(x=ends, y=[height] * len(ends), mode="lines", name=plain.label, line=style)
    return figure


def _baselines(settings: list[Setting], name: str, lines: dict[tuple[str, str], list[Setting]]) -> dict[Setting, None]:
    """Return the baselines of drawn settings that ``name`` does not concern, in order and once each."""
    found = [baseline(setting, settings) for line in lines.values() for setting in line]
    return {plain: None for plain in found if plain is not None and name not in plain.varied}


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
