"""The evaluation and the checkpoints of the recommender."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.ranked_lists import RankedLists
from rlmrec.training.ranking_settings import RankingSettings
from rlmrec.training.recommender import Recommender
from scripted import SGD, Scripted, matrix_factorisation, trainer


def scripted_data(monitor: str = "val/recall@2", **further: Any) -> tuple[Recommender, InteractionDataModule]:
    """Three users and four items; user 1 has nothing held out, and item 3 of user 0 was seen in training."""
    scores = torch.tensor([[0.1, 0.3, 0.2, 0.9], [1.0, 2.0, 3.0, 4.0], [0.4, 0.3, 0.2, 0.1]])
    train, val, test = (
        csr_array(np.array(rows, dtype=np.float32))
        for rows in (
            [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]],
            [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]],
            [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]],
        )
    )
    whole = dataclasses.replace(tiny.dataset(), train=train, val=val, test=test)
    ranking = RankingSettings(EvaluationProtocol(ks=(1, 2), monitor=monitor), **further)
    return Recommender(Scripted(scores), NoAlignment(), SGD, {}, 0, ranking=ranking), InteractionDataModule(whole)


def test_evaluation_by_hand(tmp_path: Path) -> None:
    model, data = scripted_data()
    evaluator = trainer(tmp_path)
    (found,) = evaluator.validate(model, datamodule=data, verbose=False)
    # Rankings: user 0 has 1, 2, 0; user 2 has 0, 2, 3. Relevant: 0 and 1; 3.
    assert {name: found[f"val/{name}"] for name in ("recall@1", "recall@2", "precision@2", "mrr@1")} == {
        "recall@1": 0.25,
        "recall@2": 0.25,
        "precision@2": 0.25,
        "mrr@1": 0.5,
    }
    assert set(found) == {f"val/{name}" for name in model.metrics.names}
    assert model.per_user.shape == (3, len(model.metrics.names))
    assert model.per_user.isnan().any(1).tolist() == [False, True, False]
    (found,) = evaluator.test(model, datamodule=data, verbose=False)
    assert (found["test/recall@1"], found["test/recall@2"], found["test/mrr@2"]) == (0.5, 1.0, 0.75)


def test_only_measured_metrics_can_be_monitored() -> None:
    assert scripted_data(monitor="val/ndcg@1")[0].monitor == "val/ndcg@1"
    for unknown in ("val/recall@3", "test/recall@2", "recall@2"):
        with pytest.raises(
            UserError, match=rf"evaluation.monitor={unknown} is not measured.*val/recall@1, val/recall@2"
        ):
            scripted_data(monitor=unknown)


def test_metrics_of_the_ranked_lists_are_test_metrics_of_the_longest_list(tmp_path: Path) -> None:
    given: list[RankedLists] = []

    def list_metrics(lists: RankedLists) -> dict[str, float]:
        given.append(lists)
        return {"variety": 0.5, "age": 40.0}

    model, data = scripted_data(list_metrics=list_metrics)
    evaluator = trainer(tmp_path)
    (found,) = evaluator.validate(model, datamodule=data, verbose=False)
    assert not given and set(found) == {f"val/{name}" for name in model.metrics.names}
    (found,) = evaluator.test(model, datamodule=data, verbose=False)
    assert set(found) == {f"test/{name}" for name in (*model.metrics.names, "variety@2", "age@2")}
    assert (found["test/variety@2"], found["test/age@2"]) == (0.5, 40.0)
    (lists,) = given
    items, scores = lists.of(np.array([0, 1, 2]))
    assert items.tolist() == [[1, 2], [-1, -1], [0, 2]], "user 1 was not ranked"
    assert scores[[0, 2]].tolist() == pytest.approx(np.array([[0.3, 0.2], [0.4, 0.2]]))


def test_training_that_diverged_is_said_to_have(tmp_path: Path) -> None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model = matrix_factorisation(data)
    with torch.no_grad():
        model.backbone.initial_embeddings[3] = torch.nan
    with pytest.raises(UserError, match="training diverged"):
        trainer(tmp_path).validate(model, datamodule=data, verbose=False)


def test_lightning_s_own_way_to_load_a_checkpoint_says_what_to_use(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^Recommender.load_from_checkpoint: use rlmrec.load\(.*\).model") as raised:
        Recommender.load_from_checkpoint(tmp_path / "best.ckpt", strict=False)
    assert "\n" not in str(raised.value)


def test_a_checkpoint_of_another_dataset_is_refused(tmp_path: Path) -> None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model, path = matrix_factorisation(data), tmp_path / "model.ckpt"
    fitter = trainer(tmp_path)
    fitter.fit(model, datamodule=data)
    fitter.save_checkpoint(path)
    stored = torch.load(path, weights_only=True)
    assert set(stored["state_dict"]) == {"backbone.initial_embeddings"}
    assert stored["dataset"] == {"name": "tiny"}
    assert set(stored["validation_metrics"]) == {f"val/{name}" for name in model.metrics.names}
    model.dataset_identity = {"name": "other"}
    with pytest.raises(UserError, match=r"'tiny'.*'other'.*choose the dataset it was trained on"):
        trainer(tmp_path).test(model, datamodule=data, ckpt_path=path, weights_only=True)
