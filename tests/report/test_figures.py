"""Figures on the page."""

import json
import re
from itertools import product
from pathlib import Path

import plotly.graph_objects as go

from made_up_runs import write
from rlmrec.report.finished_run import find
from rlmrec.report.page import _figure
from rlmrec.report.report_data import ReportData
from rlmrec.report.sections.sensitivity import sensitivity
from rlmrec.report.setting import group_runs
from rlmrec.report.style import apply_style, colours, error_bars, in_panels
from rlmrec.report.trained_embeddings import TrainedModels


def test_what_is_in_a_figure_cannot_end_its_script() -> None:
    hostile = "</script><script>alert(1)</script>"
    html = _figure(apply_style(go.Figure(go.Bar(x=[hostile], y=[1], name=hostile)), hostile))
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


def test_bars_of_one_alignment_are_told_apart_by_their_pattern(tmp_path: Path) -> None:
    for number, (ablation, encoder, align) in enumerate(
        product(("none", "random"), "ab", ("contrastive", "generative"))
    ):
        write(tmp_path / str(number), align, text_ablation=ablation, backbone__kind=encoder)
    settings, _ = group_runs(find([str(tmp_path)])[0])
    section = sensitivity(ReportData(settings, (), ["recall@20"], (), ()), TrainedModels())
    for figure in section.parts:
        looks = {(bar.marker.color, bar.marker.pattern.shape) for bar in figure.data}
        assert len(looks) == len(figure.data) == 4


def test_a_legend_of_several_rows_takes_nothing_from_the_panel() -> None:
    heights = []
    for count in (1, 40):
        bars = [go.Bar(x=["a"], y=[1], name=f"an alignment with long options {number}") for number in range(count)]
        layout = apply_style(go.Figure(bars), "books").layout
        heights.append(layout.height - layout.margin.b)
    assert heights[0] == heights[1] and layout.margin.b > 92


def dotted(folder: Path) -> dict[str, list[tuple[str, float]]]:
    """Name and height of the dotted lines by the title of their figure."""
    settings, _ = group_runs(find([str(folder)])[0])
    section = sensitivity(ReportData(settings, (), ["recall@20"], (), ()), TrainedModels())
    return {
        figure.layout.title.text: [
            (trace.name, trace.y[0]) for trace in figure.data if trace.mode == "lines" and trace.line.dash == "dot"
        ]
        for figure in section.parts
    }


def test_a_setting_without_alignment_of_another_task_is_no_dotted_line(tmp_path: Path) -> None:
    for weight in (0.1, 0.2):
        write(tmp_path / f"c{weight}", "contrastive", align__weight=weight)
    write(tmp_path / "noisy", recall=0.3, interaction_noise=0.2)
    assert dotted(tmp_path)["books · weight: lightgcn"] == []
    write(tmp_path / "clean", recall=0.4)
    assert dotted(tmp_path)["books · weight: lightgcn"] == [("none, interaction_noise=0", 0.4)]


def test_every_line_has_its_own_baseline(tmp_path: Path) -> None:
    for noise, recall in ((0.0, 0.4), (0.1, 0.3)):
        write(tmp_path / f"n{noise}", recall=recall, interaction_noise=noise)
        for weight in (0.1, 0.2):
            write(tmp_path / f"c{noise}{weight}", "contrastive", interaction_noise=noise, align__weight=weight)
    found = dotted(tmp_path)
    assert found["books · weight: lightgcn"] == [
        ("none, interaction_noise=0", 0.4),
        ("none, interaction_noise=0.1", 0.3),
    ]
    assert found["books · interaction_noise: lightgcn"] == [], "there none is a curve of its own"
