"""The evaluation and the checkpoints of the recommender."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.training.recommender import Recommender
from scripted import SGD, Scripted, matrix_factorisation, trainer


def scripted_data() -> tuple[Recommender, InteractionDataModule]:
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
    return Recommender(Scripted(scores), NoAlignment(), SGD, {}, 0, ks=(1, 2)), InteractionDataModule(whole)


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
    model, _ = scripted_data()
    assert model.validation_metric("val/recall@2") == "val/recall@2"
    with pytest.raises(UserError, match=r"val/recall@3 is not measured.*val/recall@1, val/recall@2"):
        model.validation_metric("val/recall@3")


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
    model.dataset = {"name": "other"}
    with pytest.raises(UserError, match=r"'tiny'.*'other'.*choose the dataset it was trained on"):
        trainer(tmp_path).test(model, datamodule=data, ckpt_path=path, weights_only=True)
