"""The style of figures, legible on light and on dark pages."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

ALIGNS = {"none": "#7b8592", "contrastive": "#1f6fb4", "generative": "#d9782d"}
OTHERS = ("#2a9d6f", "#8b5fbf", "#c2416b", "#8a6d3b", "#1c9aa0", "#a3a01e")
GROUPS = ("#1f6fb4", "#d9782d", "#2a9d6f", "#c2416b", "#8b5fbf", "#8a6d3b", "#1c9aa0", "#a3a01e")
MUTED, GRID, CLEAR = "#7b8794", "rgba(127, 139, 153, 0.28)", "rgba(0, 0, 0, 0)"
"""Colours of error bars, grid lines and the transparent background."""
PANEL = 320
"""Height of a panel in pixels."""
WIDTH, LEGEND_ROW, LEGEND_MARK, LEGEND_CHARACTER = 900, 22, 50, 7
"""Sizes in pixels: width of a figure, height of a legend row, width of an unlabelled entry and of a character."""
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def colours(aligns: Iterable[str]) -> dict[str, str]:
    """Return a colour for every alignment, the same in all figures of a page."""
    chosen = dict(ALIGNS)
    for name in sorted(set(aligns) - chosen.keys()):
        chosen[name] = OTHERS[(len(chosen) - len(ALIGNS)) % len(OTHERS)]
    return chosen


def error_bars(intervals: Sequence[float | None]) -> dict[str, Any]:
    """Return error bars of the given lengths; None omits one."""
    # Plotly draws null as a bar of length 0, but ignores text.
    lengths = ["none" if length is None else length for length in intervals]
    return {"type": "data", "array": lengths, "thickness": 1.5, "color": MUTED}


def categories(figure: go.Figure, names: Sequence[str]) -> None:
    """Draw bars side by side over categories, limiting their width if there are few."""
    figure.update_layout(barmode="group")
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names),
        range=[-0.5, max(len(names), 4) - 0.5],
    )


def apply_style(figure: go.Figure, title: str, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """Apply title, axis titles and the page's style to a figure, with extra height for a legend of several rows."""
    more = LEGEND_ROW * (_legend_rows(figure) - 1)
    figure.update_layout(
        template="plotly_white",
        title={"text": title, "x": 0, "xref": "paper", "font": {"size": 15}, "yref": "container", "y": 0.97},
        font={"family": FONT, "size": 13, "color": "#1f2933"},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        modebar={"bgcolor": CLEAR, "color": MUTED, "activecolor": MUTED},
        legend={"orientation": "h", "yanchor": "bottom", "yref": "container", "y": 0.01, "x": 0},
        margin={"l": 60, "r": 16, "t": 56, "b": 92 + more},
        height=height + more,
        showlegend=True,
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=GRID, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, linecolor=GRID, automargin=True)
    if x:
        figure.update_xaxes(title={"text": x, "font": {"size": 12}})
    if y:
        figure.update_yaxes(title={"text": y, "font": {"size": 12}})
    return figure


def _legend_rows(figure: go.Figure) -> int:
    """Return the number of rows that the legend needs on a page of usual width."""
    names = {str(trace.name) for trace in figure.data if trace.name and trace.showlegend is not False}
    return max(1, ceil(sum(LEGEND_MARK + LEGEND_CHARACTER * len(name) for name in names) / WIDTH))


def in_panels(figures: Mapping[str, go.Figure], title: str, x: str = "", y: str = "") -> go.Figure:
    """Combine figures into panels of one figure, two in a row, in the page's style and with a shared legend.

    Args:
        figures: figures by title of their panel; shapes and annotations are dropped.
        title: title of the combined figure.
        x: title of the horizontal axes.
        y: title of the vertical axes.
    """
    columns = min(2, len(figures))
    rows = ceil(len(figures) / columns)
    titles = list(figures) if len(figures) > 1 else None
    space = {"vertical_spacing": min(0.4 / rows, 0.25), "horizontal_spacing": 0.1}
    whole = make_subplots(rows, columns, subplot_titles=titles, **space)
    named = set()
    for number, figure in enumerate(figures.values()):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for trace in figure.data:
            shown = trace.showlegend is not False and trace.name not in named
            whole.add_trace(trace, **place).data[-1].update(legendgroup=trace.name, showlegend=shown)
            named |= {trace.name} if shown else set()
        for update, axis in ((whole.update_xaxes, figure.layout.xaxis), (whole.update_yaxes, figure.layout.yaxis)):
            update(axis.to_plotly_json(), **place)
    whole.update_layout(barmode="group")
    whole.update_annotations(font={"size": 13})  # titles of panels
    whole = apply_style(whole, f"{title}: {next(iter(figures))}" if titles is None else title, x, y, 150 + PANEL * rows)
    if y and columns > 1:
        whole.update_yaxes(title="", col=2)
    return whole
