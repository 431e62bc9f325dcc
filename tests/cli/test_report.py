"""The report as a user makes it, of runs that were really trained."""

import dataclasses
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import tiny
from rlmrec import compose, train
from rlmrec.cli import report
from rlmrec.data.writing import write_folder
from tiny import FAST, command

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset whose texts would take over a page that did not escape them."""
    folder = tmp_path_factory.mktemp("hostile") / "tiny"
    made = tiny.dataset()
    tables = {
        name: getattr(made, name).with_columns(profile=pl.lit(HOSTILE), title=pl.lit(f"{HOSTILE} ") + pl.col("title"))
        for name in ("users", "items")
    }
    write_folder(dataclasses.replace(made, **tables), folder, source="tests", embeddings_info={"encoder": HOSTILE})
    return folder


@pytest.fixture(scope="module")
def runs(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of no alignment and of one, the latter under two weights, and a run that has not finished."""
    folder = tmp_path_factory.mktemp("runs")
    for name, *options in (
        ("none", "align=none"),
        ("low", "align=contrastive", "align.weight=0.01"),
        ("high", "align=contrastive", "align.weight=0.1"),
    ):
        words = (*FAST, *options, "trainer.max_epochs=2", "evaluation.every_n_epochs=1")
        composed = compose(["dataset=folder", f"dataset.root={data}", *words])
        for seed in (1, 2):
            train(composed | {"seed": seed}, folder / f"{name}-{seed}")
    (folder / "begun").mkdir()
    shutil.copy(folder / "none-1" / "config.yaml", folder / "begun")
    return folder


class Page(HTMLParser):
    """Elements of a page and what they load; text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [str(value) for name, value in attrs if name in ("src", "href", "data", "onerror", "onload")]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["script"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def made(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "new"
    assert command(report, f"runs={runs}", f"out={out}") == 0
    return out


@pytest.fixture(scope="module")
def page(made: Path) -> Page:
    return Page((made / "report.html").read_text())


def test_all_sections_are_there(page: Page) -> None:
    assert page.tags.count("section") == 10
    assert "Left out: " not in page.text
    assert page.tags.count("figure") == 8, "overview, weights, learning, popularity, users, items, layers and maps"
    assert page.tags.count("article") == 3
    assert "largest gain: " in page.text and "middle: " in page.text and "largest loss: " in page.text
    assert re.search(r"not finished, left out: \S+/begun", page.text)


def test_nothing_is_loaded_and_nothing_foreign_runs(page: Page) -> None:
    assert page.loaded and all(target.startswith("#") for target in page.loaded)
    assert "img" not in page.tags and "link" not in page.tags and "iframe" not in page.tags
    assert page.text.count("<script>alert(1)</script>") >= 3, "shown as the text it is"
    assert page.tags.count("script") == 2 + page.tags.count("figure"), "the library, the page's own, one a figure"


def test_the_page_has_what_a_reader_looks_for(made: Path, page: Page) -> None:
    html = (made / "report.html").read_text()
    assert "the highest test recall@20 is" in page.text and "Whether alignment helps cannot be said" in page.text
    assert "6 of 6 runs ended at trainer.max_epochs" in page.text
    assert page.tags.count("strong") >= 2, "the best of every metric"
    assert "@media (prefers-color-scheme: dark)" in html and "@media (max-width: 600px)" in html
    assert 'setAttribute("aria-sort"' in html and page.tags.count("thead") == page.tags.count("table")
    assert "paper: RLMRec" not in page.text


def test_a_single_run_shows_examples(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "none-1", tmp_path / "run")
    assert command(report, f"runs={tmp_path / 'run'}", f"out={tmp_path / 'out'}") == 0
    shown = Page((tmp_path / "out" / "report.html").read_text())
    assert shown.tags.count("article") == 3
    rules = re.findall(r"(highest|middle|lowest): recall@20 (\d\.\d+)", shown.text)
    assert [rule for rule, _ in rules] == ["highest", "middle", "lowest"]
    assert [value for _, value in rules] == sorted((value for _, value in rules), reverse=True)
    assert "no pair of runs" not in shown.text and "±" not in shown.text


def test_tables_hold_what_the_runs_measured(made: Path, runs: Path) -> None:
    long = pl.read_csv(made / "results.csv")
    cell = (pl.col("align") == "contrastive") & (pl.col("options") == "weight=0.1")
    for metric in ("recall@20", "ndcg@5", "coverage@20"):
        (row,) = long.filter(cell & (pl.col("metric") == metric)).to_dicts()
        paths = [runs / f"high-{seed}" / "metrics.json" for seed in (1, 2)]
        values = [json.loads(path.read_text())["metrics"][f"test/{metric}"] for path in paths]
        assert row["values"] == " ".join(map(repr, values))
        assert row["mean"] == pytest.approx(sum(values) / 2)
    (row,) = long.filter(cell & (pl.col("metric") == "recall@20")).to_dicts()
    assert row["users"] == (np.diff(tiny.dataset().test.indptr) > 0).sum()
    for name in ("results.md", "results.tex", "report.html"):
        assert f"{row['mean']:.4f}" in (made / name).read_text()


def test_a_report_is_never_overwritten(made: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (made / "report.html").read_bytes()
    assert command(report, f"runs={runs}", f"out={made}") == 1
    assert "already holds results.md, results.tex, results.csv, report.html" in capsys.readouterr().err
    assert (made / "report.html").read_bytes() == before


def test_what_is_missing_is_said(runs: Path, data: Path, tmp_path: Path) -> None:
    copies = tmp_path / "runs"
    for name in ("none-1", "low-1"):
        shutil.copytree(runs / name, copies / name)
    (copies / "none-1" / "recommendations.parquet").unlink()
    (copies / "none-1" / "metrics.csv").unlink()
    (copies / "none-1" / "per_user_test.parquet").unlink()
    (copies / "low-1" / "checkpoints" / "best.ckpt").unlink()
    assert command(report, f"runs={copies}", f"out={tmp_path / 'out'}") == 0
    shown = Page((tmp_path / "out" / "report.html").read_text())
    for reason in (
        "none-1 kept no metrics.csv",
        "none-1 kept no recommendations.parquet",
        "low-1/checkpoints/best.ckpt is missing",
        "kept no values of single users",
        "no two settings of the same dataset",
    ):
        assert re.search(f"Left out: [^|]*{reason}", shown.text), reason
    assert shown.tags.count("article") == 0


def test_a_dataset_that_is_gone(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "none-1", tmp_path / "run")
    config = tmp_path / "run" / "config.yaml"
    config.write_text(re.sub(r"root: .*", f"root: {tmp_path / 'gone'}", config.read_text()))
    assert command(report, f"runs={tmp_path / 'run'}", f"out={tmp_path / 'out'}") == 0
    shown = Page((tmp_path / "out" / "report.html").read_text())
    assert re.search(r"Left out: \S+/run cannot be rebuilt: \S+gone", shown.text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "runs has no default: set runs=..."),
        (("runs=nowhere",), "runs=nowhere is not a folder"),
        (("runs={runs}", "metrics=[recall@7]"), "metrics=recall@7 was not measured: valid are recall@5"),
        (("runs={runs}", "metrics=[]"), "metrics=[] shows nothing: valid are recall@5"),
        (("runs={runs}", "out={file}"), "is a file: name a new folder"),
    ],
)
def test_mistakes(
    runs: Path, tmp_path: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    given = [argument.format(runs=runs, file=file) for argument in arguments]
    assert command(report, *given, *([] if "out={file}" in arguments else [f"out={tmp_path / 'out'}"])) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_default_folder_is_a_new_one(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(report, f"runs=[{runs}]", "page=false") == 0
    (out,) = (tmp_path / "outputs" / "reports").iterdir()
    assert sorted(path.name for path in out.iterdir()) == ["results.csv", "results.md", "results.tex"]
    printed = capsys.readouterr().out
    assert f"report: {out.relative_to(tmp_path)}" in printed and "recall@20" in printed
