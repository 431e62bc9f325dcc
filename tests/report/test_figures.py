"""Figures on the page."""

import json
import re

import plotly.graph_objects as go

from rlmrec.report.page import _figure
from rlmrec.report.section import Chart
from rlmrec.report.style import apply_style, colours, error_bars


def test_what_is_in_a_figure_cannot_end_its_script() -> None:
    hostile = "</script><script>alert(1)</script>"
    html = _figure(Chart(apply_style(go.Figure(go.Bar(x=[hostile], y=[1], name=hostile)), hostile)))
    assert html.count("<script") == html.count("</script>") == 1
    assert not re.search(r"(src|href)=", html)


def test_a_missing_interval_draws_no_whisker() -> None:
    figure = go.Figure(go.Bar(x=["a", "b"], y=[1, 2], error_y=error_bars([0.5, None])))
    assert json.loads(figure.to_json())["data"][0]["error_y"]["array"] == [0.5, "none"]


def test_an_alignment_has_its_colour_whatever_else_is_shown() -> None:
    assert colours(["none"])["contrastive"] == colours(["none", "contrastive", "mine"])["contrastive"]
    assert len(set(colours(["mine", "yours"]).values())) == 5
