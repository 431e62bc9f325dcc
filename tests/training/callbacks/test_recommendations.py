"""The table of recommendations, and the metrics of the same lists."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.data import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.list_metrics import ListMetrics
from rlmrec.evaluation.ranked_lists import RankedLists
from rlmrec.training.callbacks import Recommendations
from rlmrec.training.ranking_settings import RankingSettings
from rlmrec.training.recommender import Recommender
from scripted import SGD, Scripted, trainer
from three_users import SCORES, TEST, TRAIN, matrix


def measured(dataset: Dataset, folder: Path, path: Path | None, validate: bool = False) -> dict[str, float]:
    protocol = EvaluationProtocol(ks=(1, 2), monitor="val/recall@2")
    ranking = RankingSettings(protocol, list_metrics=ListMetrics(dataset))
    model = Recommender(Scripted(SCORES), NoAlignment(), SGD, {}, 0, ranking=ranking)
    tester = trainer(folder, callbacks=[Recommendations(dataset, path)] if path else [])
    run = tester.validate if validate else tester.test
    run(model, datamodule=InteractionDataModule(dataset), verbose=False)
    return {name: float(value) for name, value in tester.callback_metrics.items()}


@pytest.fixture
def three_users() -> Dataset:
    vectors = np.eye(4, 3, dtype=np.float32)
    parts = {"train": matrix(TRAIN), "val": matrix(TEST), "test": matrix(TEST), "item_embeddings": vectors}
    return dataclasses.replace(tiny.dataset(), **parts)


def test_a_row_for_every_place_of_every_evaluated_user(three_users: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "recommendations.parquet"
    metrics = measured(three_users, tmp_path, path)
    table = pl.read_parquet(path)
    assert table.schema == {
        "user": pl.Int64,
        "rank": pl.Int64,
        "item": pl.Int64,
        "score": pl.Float32,
        "hit": pl.Boolean,
    }
    # ann saw 3 and is to find 2, bob is to find nothing, cas saw 1 and is to find 0.
    assert table.select("user", "rank", "item", "hit").rows() == [
        (0, 1, 1, False),
        (0, 2, 2, True),
        (2, 1, 0, True),
        (2, 2, 2, False),
    ]
    assert table["score"].to_list() == pytest.approx([0.3, 0.2, 0.4, 0.2])
    assert metrics["test/coverage@2"] == pytest.approx(3 / 4)
    assert metrics["test/popularity@2"] == pytest.approx(((1 + 0) / 2 + (1 + 0) / 2) / 2)
    assert metrics["test/diversity@2"] == pytest.approx(1)
    assert [file.name for file in tmp_path.glob("recommendations*")] == ["recommendations.parquet"], "no partial file"


def test_lists_that_are_shorter_than_asked(three_users: Dataset, tmp_path: Path) -> None:
    seen = csr_array(np.array([[1, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32))
    path = tmp_path / "recommendations.parquet"
    measured(dataclasses.replace(three_users, train=seen), tmp_path, path)
    assert pl.read_parquet(path).filter(pl.col("user") == 0)["item"].to_list() == [1]


def test_only_the_first_process_writes(three_users: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "recommendations.parquet"
    ranking = RankingSettings(EvaluationProtocol(ks=(1,), monitor="val/recall@1"))
    model = Recommender(Scripted(SCORES), NoAlignment(), SGD, {}, 0, ranking=ranking)
    model.lists = RankedLists(3, 1, torch.device("cpu"))
    for is_first in (False, True):
        process: Any = SimpleNamespace(is_global_zero=is_first)
        Recommendations(three_users, path).on_test_end(process, model)
        assert path.exists() == is_first


def test_nothing_is_written_or_measured_unasked(three_users: Dataset, tmp_path: Path) -> None:
    assert "test/coverage@2" in measured(three_users, tmp_path, path=None), "metrics need no file"
    assert not any("coverage" in name for name in measured(three_users, tmp_path, tmp_path / "other", validate=True))
    assert list(tmp_path.glob("*.parquet")) == [] and not (tmp_path / "other").exists()
