"""Cold users and items, and runs that begin with another run's weights, by command."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.cli import evaluate, train
from rlmrec.data.writing import write_folder
from rlmrec.evaluation.cold_start.chosen_placement import ColdStart
from run_files import metrics
from tiny import command, train_arguments

LEARNT = (
    "trainer.max_epochs=20",
    "optimizer.lr=0.05",
    "align.weight=1",
    "evaluation.patience=100",
    "evaluation.monitor=val/ndcg@5",
)


@pytest.fixture(scope="module")
def cold_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dataset with all interactions of eight items held out, four for validation and four for test."""
    dataset = tiny.dataset()
    known = (dataset.train + dataset.val + dataset.test).toarray()
    items = np.arange(tiny.NUM_ITEMS) // tiny.NUM_GROUPS
    parts = [csr_array((known * mask).astype(np.float32)) for mask in (items < 8, items == 8, items == 9)]
    split = dict(zip(("train", "val", "test"), parts, strict=True))
    folder = tmp_path_factory.mktemp("cold") / "cold"
    write_folder(dataclasses.replace(dataset, name="cold", **split), folder, source="tests")
    return folder


def again(run: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, float]:
    capsys.readouterr()
    assert command(evaluate, f"run={run}", "trainer=cpu", "json=true", *arguments) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("align", ["contrastive", "generative"])
def test_items_nobody_met_are_found_by_their_profiles(
    align: str, cold_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    text = ("evaluation.cold_from_text=true", f"align={align}", *LEARNT)
    assert command(train, *train_arguments(cold_folder, run, *text)) == 0
    recorded = metrics(run)
    assert again(run, capsys)["test/recall@5"] == recorded["test/recall@5"]
    without = again(run, capsys, "cold_from_text=false")
    assert recorded["test/recall@5"] > without["test/recall@5"] + 0.1
    among_cold = again(run, capsys, "item_pool=cold")
    # Eight candidates, of which about one is right: whoever knows the group puts one or two of them first.
    assert among_cold["test/recall@5"] > 0.8
    assert among_cold["test/mrr@5"] > 0.45, "0.34 by chance, 0.5 for whoever puts the other cold item of a group first"


def test_other_lengths_leave_cold_items_where_the_monitor_placed_them(
    cold_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    assert command(train, *train_arguments(cold_folder, run, *LEARNT)) == 0
    chosen, deciding = ColdStart.chosen, []

    def watched(made: ColdStart, *rest: Any) -> Any:
        deciding.append((made.monitor, made.metrics.max_k))
        return chosen(made, *rest)

    monkeypatch.setattr(ColdStart, "chosen", watched)
    recorded, changed = metrics(run), again(run, capsys, "ks=[1,20]")
    assert set(deciding) == {("ndcg@5", 20)}, "not recall@1, the first metric of those that were asked for"
    shared = changed.keys() & recorded.keys()
    assert {"test/recall@20", "test/ndcg@20", "test/novelty@20"} <= shared
    assert {name: changed[name] for name in shared} == {name: recorded[name] for name in shared}


def test_cold_items_alone_can_select_the_weights(
    cold_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert command(train, *train_arguments(cold_folder, run, *LEARNT, "evaluation.item_pool=cold")) == 0
    recorded = metrics(run)
    assert again(run, capsys).items() <= recorded.items()
    stored = again(run, capsys, "from=recommendations")
    assert stored == {name: recorded[name] for name in stored} and "test/coverage@20" in stored


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("evaluation.cold_from_text=true align=none", "cold_from_text=true: align must learn from text"),
        ("evaluation.item_pool=cold", "every item has training interactions"),
        ("evaluation.item_pool=warm", "evaluation.item_pool='warm'"),
        ("interaction_noise=-1", "interaction_noise=-1"),
        ("interaction_noise=20", "ask for less"),
        ("interaction_noise=inf", "finite number"),
        ("initialise_from=nowhere", "is not a run folder"),
    ],
)
def test_mistakes_are_told_before_work_starts(
    option: str, says: str, tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *train_arguments(tiny_folder, tmp_path / "run", *option.split())) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "run" / "config.yaml").exists()


def test_a_run_begins_with_the_weights_of_another(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert command(train, *train_arguments(tiny_folder, first)) == 0
    capsys.readouterr()
    still = (
        "align=none",
        "optimizer.lr=1e-12",
        f"initialise_from={first}",
        "trainer.max_epochs=1",
        "optimizer.fused=false",
    )
    assert command(train, *train_arguments(tiny_folder, second, *still)) == 0
    assert "60 of 60 users, 40 of 40 items" in capsys.readouterr().out
    taught, begun = (
        torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]["backbone.initial_embeddings"]
        for run in (first, second)
    )
    torch.testing.assert_close(begun, taught)
    assert metrics(second)["test/recall@20"] == pytest.approx(metrics(first)["test/recall@20"])
