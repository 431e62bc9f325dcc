"""Figures of fitted backbones on the published Amazon matrices, if they are there (docs/baselines.md)."""

from pathlib import Path

import pytest

import real_data
from rlmrec import compose, train

SLOW = pytest.mark.full  # many seconds each
FIGURES = [
    pytest.param("rp3beta", [], 0.1762, 0.1202, id="rp3beta"),
    pytest.param("item_knn", [], 0.1593, 0.1127, id="item_knn"),
    pytest.param("pop", [], 0.0318, 0.0182, id="pop"),
    pytest.param("slim", [], 0.1767, 0.1251, id="slim", marks=SLOW),
    pytest.param("sgfcf", [], 0.1851, 0.1253, id="sgfcf", marks=SLOW),
    pytest.param("ease", [], 0.1656, 0.1144, id="ease", marks=SLOW),
    pytest.param("ease", ["backbone.ridge=50.0"], 0.1692, 0.1192, id="ease of a ridge of 50", marks=SLOW),
]


@pytest.mark.parametrize(("backbone", "options", "recall", "ndcg"), FIGURES)
def test_known_figures(backbone: str, options: list[str], recall: float, ndcg: float, tmp_path: Path) -> None:
    data = ["dataset=amazon", f"dataset.root={real_data.folder('rlmrec/amazon')}", "trainer=cpu"]
    run = train(compose([*data, f"backbone={backbone}", *options]), tmp_path / "run")
    assert run.metrics["test/recall@20"] == pytest.approx(recall, abs=5e-4)
    assert run.metrics["test/ndcg@20"] == pytest.approx(ndcg, abs=5e-4)
