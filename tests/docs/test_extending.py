"""The examples of docs/extending.md, in a folder outside of the repository, through every command."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import rlmrec
import tiny
from extending_page import PAGE, commands, files, section, write
from raw_files import many
from raw_files import write as write_rows
from rlmrec.cli import encode_text, evaluate, prepare_data, report, train
from rlmrec.common.errors import UserError
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from run_files import history, metrics, same_weights
from tiny import FAST, command

TRUST = "trust=[my_lab]"
PARTS = ("backbone", "alignment", "metric", "dataset", "logger", "callback", "encoder", "split")
TRAININGS = [words for words in commands(PAGE.partition("\n## A backbone")[2]) if words[0] == "train"]
STOCK = ["evaluation/metrics=precise", "logger=every_step", "callbacks=learning_rate", "scheduler=cosine"]
"""Parts of libraries, which need no code."""
OWN = [words for words in TRAININGS if not set(STOCK) & set(words)]
TOGETHER = [*TRAININGS[0][:3], *STOCK]
SHORT = ("trainer.max_epochs=1", "evaluation.every_n_epochs=1")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with all examples, as the current one, whose package can be imported."""
    folder = tmp_path_factory.mktemp("outside")
    write(folder)
    rows = [
        {"user": f"u{user}", "item": f"i{item}", "split": split}
        for split in ("train", "val", "test")
        for user, item in zip(*getattr(tiny.dataset(), split).nonzero(), strict=True)
    ]
    pl.DataFrame(rows).write_csv(folder / "clicks.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_lab"]:
        del sys.modules[name]


def arguments(words: list[str], data: Path, out: Path, *more: str) -> list[str]:
    """The words of the page for the small dataset, unless they name another."""
    usual = [] if any(word.startswith("dataset=") for word in words) else ["dataset=folder", f"dataset.root={data}"]
    return [*words[1:], *usual, f"hydra.run.dir={out}", *FAST, *SHORT, *more]


def interrupted(run: Path, place: Path) -> Path:
    """A copy of a finished run as it was before its test."""
    copy = shutil.copytree(run, place)
    for name in ("metrics.json", "per_user_test.parquet", "recommendations.parquet"):
        (copy / name).unlink()
    return copy


def needs_trust(run: Path) -> bool:
    return "my_lab." in (run / "config.yaml").read_text()


def test_every_part_has_a_complete_example() -> None:
    for part in PARTS:
        title = f"An {part}" if part[0] in "ae" else f"A {part}"
        names = files(section(title))
        assert {name.partition("/")[0] for name in names} == {"my_lab", "my_conf"}, part
        assert commands(section(title)), part
    for name, content in files().items():
        if name.endswith(".yaml"):
            assert content.startswith("# "), f"{name} says in its first line what it is, for --help"
            choice = "/".join(name.split("/")[1:-1]) + "=" + Path(name).stem
            assert any(choice in words for words in commands()), f"a command uses {name}"


@pytest.mark.parametrize("words", [*OWN, TOGETHER], ids=lambda words: " ".join(words[3:]))
def test_trained_resumed_evaluated_and_reported(
    words: list[str], outside: Path, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert command(train, *arguments(words, tiny_folder, run)) == 0
    said = capsys.readouterr().out
    own = words is not TOGETHER
    assert needs_trust(run) == own
    assert ("will read this run with trust=[my_lab] only" in said) == own
    assert ("'trust=[my_lab]'  tests these weights again" in said) == own
    again = interrupted(run, tmp_path / "again")
    tested = {name: value for name, value in metrics(run).items() if name.startswith("test/")}
    asked_of = {
        train: (f"resume={again}",),
        evaluate: (f"run={run}", "trainer=cpu", "json=true"),
        report: (f"runs={run}", f"out={tmp_path / 'out'}", "page=false"),
    }
    for script, asked in asked_of.items():
        if own:
            assert command(script, *asked) == 1
            refused = capsys.readouterr().err
            assert "my_lab." in refused and "If you trust my_lab: trust=[my_lab]" in refused
        assert command(script, *asked, *([TRUST] if own else [])) == 0, script.__name__
        said = capsys.readouterr().out
        assert script is not evaluate or json.loads(said) == tested
    assert metrics(again) == metrics(run) and same_weights(again, run)
    reported = pl.read_csv(tmp_path / "out" / "results.csv")["metric"].to_list()
    assert [f"test/{name}" for name in reported] == list(tested)
    if not own:
        assert history(run)["lr-Adam"].to_list() == [0.001], "from a callback that names no epoch"
        assert list((run / "every_step").rglob("metrics.csv")), "in a folder of the logger's name"
        assert "test/map@5" in tested


@pytest.fixture(scope="module")
def everything(outside: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs that use several of the parts at once, without and with alignment."""
    runs = tmp_path_factory.mktemp("everything")
    words = [
        *("train", "--config-dir", "my_conf", "backbone=matrix_factorisation", "evaluation/metrics=with_rbp"),
        *("evaluation.monitor=val/rbp@20", "evaluation/list_metrics=with_top_item", "logger=json_lines"),
        "callbacks=embedding_length",
    ]
    for align in ("none", "cosine"):
        assert command(train, *arguments([*words, f"align={align}"], tiny_folder, runs / align)) == 0
    return runs


def test_parts_work_together_up_to_the_page_of_the_report(everything: Path, tmp_path: Path) -> None:
    asked = ("metrics=[rbp@20,top_item_share@20]", TRUST)
    assert command(report, f"runs={everything}", f"out={tmp_path / 'out'}", *asked) == 0
    rows = pl.read_csv(tmp_path / "out" / "results.csv").filter(pl.col("metric") == "rbp@20", align="cosine")
    assert rows["users"].item() > 0 and rows["wilcoxon_p"].item() is not None, "paired tests over users"
    text = (tmp_path / "out" / "results.md").read_text()
    assert "top\\_item\\_share@20" in text.partition("Beyond accuracy")[2]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "cannot be rebuilt" not in page and "kept no " not in page


def test_the_own_metrics_are_those_of_a_loop(everything: Path) -> None:
    lists = pl.read_parquet(everything / "cosine" / "recommendations.parquet").sort("user", "rank")
    found, test = metrics(everything / "cosine"), tiny.dataset().test
    assert found["test/top_item_share@20"] == pytest.approx(
        lists["item"].value_counts()["count"].max() / lists["user"].n_unique()
    )
    per_user = pl.read_parquet(everything / "cosine" / "per_user_test.parquet")
    for user, items in lists.group_by("user").agg("item").rows():
        expected = sum(0.2 * 0.8**place for place, item in enumerate(items) if test[user, item])
        assert per_user.filter(pl.col("user") == user)["rbp@20"].item() == pytest.approx(expected, rel=1e-5)
    assert found["test/rbp@20"] == pytest.approx(per_user["rbp@20"].mean())


def test_what_loggers_and_callbacks_keep(everything: Path) -> None:
    assert history(everything / "cosine")["train/embedding_length"].null_count() == 0
    lines = [json.loads(line) for line in (everything / "cosine" / "metrics.jsonl").read_text().splitlines()]
    assert any("val/rbp@20" in line for line in lines)


def test_an_encoder(outside: Path, tiny_folder: Path, tmp_path: Path) -> None:
    data = shutil.copytree(tiny_folder, tmp_path / "mine")
    (words,) = commands(section("An encoder"))
    assert command(encode_text, *[word.replace("data/mine", str(data)) for word in words[1:]]) == 0
    embeddings = FolderDataset(str(data)).load().item_embeddings
    assert embeddings is not None and embeddings.shape == (tiny.NUM_ITEMS, 64) and np.asarray(embeddings).any()
    assert Manifest.read(data).embeddings["options"] == {"encoder": "hashed_words", "dim": 64}
    assert command(train, *tiny.train_arguments(data, tmp_path / "run", *SHORT)) == 0


def test_a_split(outside: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "reviews.csv", many())
    (words,) = commands(section("A split"))
    places = {"reviews.csv": str(tmp_path / "reviews.csv"), "data/mine": str(tmp_path / "mine")}
    placed = [
        word.partition("=")[0] + "=" + places.get(word.partition("=")[2], word.partition("=")[2])
        if "=" in word
        else word
        for word in words[1:]
    ]
    assert command(prepare_data, *placed, "filters.core.users=2", "filters.core.items=2") == 0
    stored = Manifest.read(tmp_path / "mine").preparation["split"]
    assert (stored["kind"], stored["n"], stored["orphans"]) == ("EveryNth", 5, "move")
    dataset = FolderDataset(str(tmp_path / "mine")).load()
    assert 0 < dataset.test.nnz <= dataset.val.nnz < dataset.train.nnz


def test_help_and_hints_know_the_folder(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--config-dir", "my_conf")
    assert command(train, *own, "align=cosine", "--help") == 0
    shown = capsys.readouterr().out
    assert "align: contrastive, cosine, directau_text, generative, none" in shown
    assert "one minus the cosine of node and profile" in shown
    assert command(train, *own, "align=cosine", "align.wieght=1") == 2
    assert "did you mean align.weight?" in capsys.readouterr().err
    assert command(train, *own, "align=cosin") == 2
    assert "did you mean cosine?" in capsys.readouterr().err
    assert command(train, *own, "align=cosine", "align.weight=-1", "trainer=cpu") == 1
    assert "align.weight=-1" in capsys.readouterr().err
    assert command(train, "--config-dir", "nowhere", "align=cosine") == 2
    assert "nowhere" in capsys.readouterr().err
    assert command(train, "--config-dir", "nowhere", "--help") == 1
    assert "--config-dir nowhere is not a folder" in capsys.readouterr().err


def test_the_library_composes_from_the_folder_too(outside: Path) -> None:
    options = rlmrec.compose(["align=cosine"], config_dir="my_conf")
    assert options["align"]["_target_"] == "my_lab.cosine_alignment.CosineAlignment"
    assert rlmrec.compose([f"hydra.searchpath=[file://{outside}/my_conf]", "align=cosine"]) == options
    with pytest.raises(UserError, match="nowhere is not a folder"):
        rlmrec.compose(["align=cosine"], config_dir="nowhere")


@pytest.mark.parametrize("source", ["weights", "recommendations"])
def test_a_finished_run_is_measured_by_metrics_that_it_did_not_know(
    source: str, outside: Path, everything: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--config-dir", "my_conf", "evaluation/metrics=precise", "evaluation/list_metrics=default", "ks=[5]")
    asked = (f"run={everything / 'cosine'}", TRUST, f"from={source}", "trainer=cpu", "json=true")
    assert command(evaluate, *words, *asked) == 0
    found, recorded = json.loads(capsys.readouterr().out), metrics(everything / "cosine")
    assert found["test/map@5"] > 0 and "test/map@5" not in recorded and "test/rbp@5" not in found
    assert found["test/recall@5"] == recorded["test/recall@5"]
