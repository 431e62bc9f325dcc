"""The table of single users' metrics."""

import dataclasses
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import torch

import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.data import InteractionDataModule
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.training.callbacks import PerUserMetrics
from rlmrec.training.ranking_settings import RankingSettings
from rlmrec.training.recommender import Recommender
from scripted import SGD, Scripted, trainer
from three_users import NAMES, SCORES, TEST, TRAIN, matrix


def test_a_row_for_every_user_with_held_out_items(tmp_path: Path) -> None:
    dataset = dataclasses.replace(tiny.dataset(), train=matrix(TRAIN), val=matrix(TEST), test=matrix(TEST))
    ranking = RankingSettings(EvaluationProtocol(ks=(1, 2), monitor="val/recall@1"))
    model = Recommender(Scripted(SCORES), NoAlignment(), SGD, {}, 0, ranking=ranking)
    callback = PerUserMetrics(tmp_path / "per_user.parquet", NAMES)
    tester = trainer(tmp_path, callbacks=[callback])
    tester.test(model, datamodule=InteractionDataModule(dataset), verbose=False)
    table = pl.read_parquet(tmp_path / "per_user.parquet")
    assert table["user"].to_list() == [0, 2]
    assert table["external_id"].to_list() == ["ann", "cas"]
    # ann's ranking is 1, 2, 0, as 3 was seen, and she is to find 2; cas's is 0, 2, 3, and she is to find 0.
    expected = {"recall@1": [0, 1], "recall@2": [1, 1], "precision@2": [0.5, 0.5], "mrr@2": [0.5, 1]}
    for name, values in (expected | {"ndcg@2": [1 / math.log2(3), 1]}).items():
        assert table[name].to_list() == pytest.approx(values), name
    assert table.columns == ["user", "external_id", *model.metrics.names]
    assert [path.name for path in tmp_path.glob("per_user*")] == ["per_user.parquet"], "no partial file is left"


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    ranking = RankingSettings(EvaluationProtocol(ks=(1,), monitor="val/recall@1"))
    model = Recommender(Scripted(SCORES), NoAlignment(), SGD, {}, 0, ranking=ranking)
    model.per_user = torch.zeros(3, len(model.metrics.names))
    callback = PerUserMetrics(tmp_path / "per_user.parquet", NAMES)
    for is_first in (False, True):
        process: Any = SimpleNamespace(is_global_zero=is_first)
        callback.on_test_end(process, model)
        assert (tmp_path / "per_user.parquet").exists() == is_first
