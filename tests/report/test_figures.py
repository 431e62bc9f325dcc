"""Figures on the page."""

import json
import re

import plotly.graph_objects as go

from rlmrec.report.page import _figure
from rlmrec.report.section import Chart
from rlmrec.report.style import apply_style, colours, error_bars, in_panels


def test_what_is_in_a_figure_cannot_end_its_script() -> None:
    hostile = "</script><script>alert(1)</script>"
    html = _figure(Chart(apply_style(go.Figure(go.Bar(x=[hostile], y=[1], name=hostile)), hostile)))
    assert html.count("<script") == html.count("</script>") == 1
    assert not re.search(r"(src|href)=", html)


def test_a_missing_interval_draws_no_error_bar() -> None:
    figure = go.Figure(go.Bar(x=["a", "b"], y=[1, 2], error_y=error_bars([0.5, None])))
    assert json.loads(figure.to_json())["data"][0]["error_y"]["array"] == [0.5, "none"]


def test_an_alignment_has_its_colour_whatever_else_is_shown() -> None:
    assert colours(["none"])["contrastive"] == colours(["none", "contrastive", "mine"])["contrastive"]
    assert len(set(colours(["mine", "yours"]).values())) == 5


def test_panels_share_one_legend_and_keep_their_axes() -> None:
    parts = {name: go.Figure(go.Bar(x=["a"], y=[1], name="none")) for name in ("lightgcn", "simgcl", "gccf")}
    parts["gccf"].update_yaxes(tickformat=".0%")
    whole = in_panels(parts, "books", "x", "y")
    assert [trace.showlegend for trace in whole.data] == [True, False, False]
    assert [trace.xaxis for trace in whole.data] == ["x", "x2", "x3"]
    assert [note.text for note in whole.layout.annotations] == list(parts)
    assert whole.layout.yaxis3.tickformat == ".0%" and whole.layout.yaxis.tickformat is None


def test_one_panel_needs_no_title_of_its_own() -> None:
    whole = in_panels({"lightgcn": go.Figure(go.Bar(x=["a"], y=[1]))}, "books")
    assert not whole.layout.annotations and whole.layout.title.text == "books: lightgcn"
