"""Networks and graphs of PyTorch Geometric on the command line: trained, resumed, evaluated and loaded."""

from pathlib import Path

import pytest
import torch

import rlmrec
import tiny
from graphs import rated, saved
from rlmrec.cli import evaluate, train
from run_files import metrics, same_weights
from tiny import FAST, command

NETWORK = ("backbone=pyg", "+backbone.gnn.norm=batch_norm", "+backbone.gnn.dropout=0.1")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dataset as a saved graph."""
    return saved(tiny.dataset().to_pyg(), tmp_path_factory.mktemp("graphs"))


def arguments(graph: Path, out: Path, *more: str) -> list[str]:
    return ["dataset=pyg", f"dataset.file={graph}", f"hydra.run.dir={out}", *FAST, *NETWORK, *more]


@pytest.mark.parametrize("align", ["none", "contrastive", "generative"])
def test_a_run_is_tested_again_with_the_same_result(
    align: str, graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(train, *arguments(graph, tmp_path / "run", f"align={align}")) == 0
    assert "made up for tests" in capsys.readouterr().out
    before = metrics(tmp_path / "run")
    assert command(evaluate, f"run={tmp_path / 'run'}", "trainer=cpu") == 0
    run = rlmrec.load(tmp_path / "run")
    assert run.evaluate() == {name: value for name, value in before.items() if name.startswith("test/")}
    assert not run.model.training and run.dataset.name == "tiny"
    stored = torch.load(tmp_path / "run" / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    assert torch.equal(run.model.backbone.layers[0].norms[0].module.running_mean, stored[NORM]) and stored[NORM].any()


NORM = "backbone.layers.0.norms.0.module.running_mean"


@pytest.mark.full
def test_a_resumed_run_ends_with_the_same_numbers(graph: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert command(train, *arguments(graph, whole, "trainer.max_epochs=6")) == 0
    assert command(train, *arguments(graph, parts, "trainer.max_epochs=3")) == 0
    (parts / "metrics.json").unlink()
    config = parts / "config.yaml"
    config.write_text(config.read_text().replace("max_epochs: 3", "max_epochs: 6"))
    assert command(train, f"resume={parts}") == 0
    assert metrics(parts) == metrics(whole) and same_weights(parts, whole)


@pytest.mark.full
def test_same_seed_same_numbers_and_other_seed_others(graph: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert (
            command(
                train,
                *arguments(graph, tmp_path / name, f"seed={seed}", "backbone.gnn._target_=torch_geometric.nn.GIN"),
            )
            == 0
        )
    assert metrics(tmp_path / "a") == metrics(tmp_path / "b") != metrics(tmp_path / "c")


def test_another_run_begins_with_its_weights(graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(train, *arguments(graph, tmp_path / "first")) == 0
    assert command(train, *arguments(graph, tmp_path / "second", f"initialise_from={tmp_path / 'first'}")) == 0
    said = capsys.readouterr().out
    assert "60 of 60 users, 40 of 40 items, " in said and "other weights" in said


def test_a_graph_of_ratings_is_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(rated().to_dict(), tmp_path)
    options = ("dataset=pyg", f"dataset.file={path}", *FAST, "evaluation.ks=[5]", "evaluation.monitor=val/recall@5")
    assert command(train, *options, f"hydra.run.dir={tmp_path / 'run'}", "align=none") == 0
    assert "split 3:1:1 at random, seed 0" in capsys.readouterr().out
    assert command(train, *options, f"hydra.run.dir={tmp_path / 'other'}", "align=contrastive") == 1
    assert "has no profile embeddings" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("dataset=pyg",), "needs either dataset.file=GRAPH.pt or dataset.root=FOLDER"),
        (("backbone=pyg", "+backbone.gnn.dropout=much"), "backbone.gnn.dropout='much'"),
        (("backbone=pyg", "backbone.gnn.dropout=0.1"), "class backbone.gnn._target_ by +backbone.gnn.dropout=..."),
        (
            ("backbone=pyg", "backbone.gnn._target_=torch_geometric.nn.Nothing"),
            "backbone.gnn._target_=torch_geometric.nn.Noth",
        ),
        (
            ("backbone=pyg", "backbone.gnn._target_=torch_geometric.nn.ChebConv"),
            "missing 1 required positional argument: 'K'",
        ),
        (("backbone=pyg", "backbone.gnn._target_=torch_geometric.nn.MLP"), "instead of x and edge_index"),
    ],
)
def test_mistakes_are_one_line(
    words: tuple[str, ...], message: str, graph: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = () if "dataset=pyg" in words else ("dataset=pyg", f"dataset.file={graph}")
    code = 2 if words[-1] == "backbone.gnn.dropout=0.1" else 1  # found while options are composed, or later
    assert command(train, *words, *data, f"hydra.run.dir={tmp_path / 'run'}") == code
    said = capsys.readouterr().err
    assert message in said and said.startswith("error: ") and said.count("\n") == 1
