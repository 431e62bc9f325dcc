"""The style of figures."""

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

ALIGNS = {"none": "#6b7280", "contrastive": "#1f6fb4", "generative": "#d9782d"}
OTHERS = ("#2a9d6f", "#8b5fbf", "#c2416b", "#8a6d3b", "#1c9aa0", "#a3a01e")
GROUPS = ("#1f6fb4", "#d9782d", "#2a9d6f", "#c2416b", "#8b5fbf", "#8a6d3b", "#1c9aa0", "#a3a01e")
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'


def colours(aligns: Iterable[str]) -> dict[str, str]:
    """Return a colour for every alignment, the same in all figures of a page."""
    chosen = dict(ALIGNS)
    for name in sorted(set(aligns) - chosen.keys()):
        chosen[name] = OTHERS[(len(chosen) - len(ALIGNS)) % len(OTHERS)]
    return chosen


def error_bars(intervals: Sequence[float | None]) -> dict[str, Any]:
    """Return error bars; None draws none."""
    # A null would be drawn as a bar of length 0; a word draws nothing.
    lengths = ["none" if length is None else length for length in intervals]
    return {"type": "data", "array": lengths, "thickness": 1.5, "color": "#1f2933"}


def categories(figure: go.Figure, names: Sequence[str]) -> None:
    """Draw bars side by side over words, no wider where there are one or two."""
    figure.update_layout(barmode="group")
    figure.update_xaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(names),
        range=[-0.5, max(len(names), 4) - 0.5],
    )


def apply_style(figure: go.Figure, title: str, x: str = "", y: str = "", height: int = 380) -> go.Figure:
    """Return the figure with title, axes and the page's style."""
    figure.update_layout(
        template="plotly_white",
        title={"text": title, "x": 0, "xref": "paper", "font": {"size": 15}, "yref": "container", "y": 0.97},
        font={"family": FONT, "size": 13, "color": "#1f2933"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        margin={"l": 60, "r": 16, "t": 56, "b": 56},
        height=height,
        showlegend=True,
    )
    if x:
        figure.update_xaxes(title=x)
    if y:
        figure.update_yaxes(title=y)
    return figure
