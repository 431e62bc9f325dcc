"""The parts of the benchmarks that can be wrong without anybody noticing."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from places import PROJECT
from rlmrec.data.loaders import EpochBatches

FOLDER = PROJECT / "benchmarks"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_peer_is_timed_as_a_process_and_read() -> None:
    script = (
        "import sys,time; time.sleep(0.3); print('noise'); print('{\"step\": 0.5, \"name\": \"' + sys.argv[1] + '\"}')"
    )
    found = load("peer").run_peer(
        f'"{sys.executable}" -c "{script.replace(chr(34), chr(92) + chr(34))}" {{size}}', size="x"
    )
    assert found["step"] == 0.5 and "name" not in found
    assert 0.3 <= found["wall"] < 30 and 0 < found["cpu"] < found["wall"] and found["peak_mib"] > 1


def test_a_peer_that_says_nothing_or_fails() -> None:
    peer = load("peer")
    assert set(peer.run_peer(f'"{sys.executable}" -c ""')) == {"wall", "cpu", "peak_mib"}
    with pytest.raises(SystemExit, match="exit code 3"):
        peer.run_peer(f'"{sys.executable}" -c "raise SystemExit(3)"')
    rounds = [{"wall": 1.0}, {"wall": 9.0}, {"wall": 2.0}]
    assert peer.median(rounds) == {"wall": 2.0}


def test_work_is_counted_by_hand() -> None:
    floor = load("floor")
    left, right = torch.ones(3, 4), torch.ones(4, 5)
    matrix = torch.eye(4).to_sparse_csr()
    with floor.Work() as work:
        left @ right
        matrix @ right
        torch.sparse.sampled_addmm(matrix, right, right.T, beta=0.0)
    assert work.flops == 2 * 3 * 4 * 5
    product = 4 * (8 + 5 * 4) + 4 * 5 * 4  # value, column and row for each of four entries; the result
    assert work.bytes == 2 * product  # a sampled product reads as much
    seconds = work.seconds(floor.Rates(flops=120.0, bytes=192.0), parameters=3)
    assert seconds == pytest.approx(120 / 120 + (2 * product + 4 * 7 * 3) / 192)


def test_all_ways_to_propagate_are_measured_and_make_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    propagation = load("propagation")
    monkeypatch.setitem(propagation.PUBLISHED, "amazon", load("made_up").Size(50, 40, (300, 60, 60)))
    rows = propagation.measure("amazon", dim=4, rounds=2)
    assert len(rows) == 7 and all(0 < row["fastest"] <= row["median"] for row in rows)
    assert [row["times ours"] for row in rows if row["way"] == "ours"] == [1]


def test_a_table_for_documents_has_only_pairs_that_were_published() -> None:
    row = {"size": "amazon", "align": "none", "step": 0.1, "evaluation": 0.1, "floor": 0.01, "peak_mib": 1}
    lines = load("tables").markdown([row | {"backbone": "pyg"}, row | {"backbone": "lightgcn"}]).splitlines()
    assert len(lines) == 3 and lines[2].startswith("| amazon | lightgcn none |")


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Modules that import one another, as the interpreter finds them beside a script; data go elsewhere."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("backbone", "align"), [("autocf", "contrastive"), ("gccf", "generative"), ("sgl", "none")])
def test_the_parts_of_a_step_that_are_timed_are_the_whole_step(backbone: str, align: str, benchmarks: None) -> None:
    training, models, made_up = load("training"), load("models"), load("made_up")
    words = ["dataset=amazon", f"backbone={backbone}", f"align={align}", "backbone.embedding_dim=8"]
    if backbone == "autocf":
        words.append("backbone.num_seeds=20")
    data = made_up.made_up("tiny", made_up.Size(150, 120, (900, 300, 300)), text_dim=12)
    weights = []
    for take in (models.step, training.split_step):
        model, module = models.built(words, data)
        assert module.dataset.num_users == 150
        optimizer = model.configure_optimizers()
        batches = EpochBatches(module.interactions, module.sampler, 256, 0, 0)
        torch.manual_seed(0)
        seconds = [take(model, optimizer, batches[number], number) for number in range(2)]
        weights.append([parameter.detach().clone() for parameter in model.parameters()])
    assert set(seconds[0]) == {"propagation", "own loss", "alignment", "optimizer"}
    assert all(value >= 0 for value in seconds[0].values()) and seconds[0]["optimizer"] > 0
    untrained = list(models.built(words, data).model.parameters())
    for whole, parts, before in zip(*weights, untrained, strict=True):
        torch.testing.assert_close(whole, parts)
        assert not torch.equal(whole, before)
    share = models.evaluation_seconds(model, module.dataset)[1]
    assert share == 1.0


def test_a_point_of_the_scale_is_measured(benchmarks: None, capsys: pytest.CaptureFixture[str]) -> None:
    scale = load("scale")
    row = scale.measure(10_000, "align=contrastive align.contrast_with=batch", text_dim=8, patience=5.0)
    assert (row["users"], row["items"], row["text_dim"]) == (500, 100, 8)
    assert row["measured steps"] == row["steps"] == 2
    assert row["seconds per epoch"] > 0 and row["share of users evaluated"] == 1
    assert len(scale.cells(row)) == len(scale.COLUMNS)
    assert scale.measure(10_000, "align=none", text_dim=8, patience=5.0)["text_dim"] == 0
