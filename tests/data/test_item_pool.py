"""Evaluation on cold items alone: only what can be found counts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import parts
import tiny
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.item_pool import evaluated_on
from rlmrec.evaluation import EvaluationProtocol
from scripted import trainer

COLD = [4, 9, 11]


def some_cold() -> Dataset:
    """Items without training interactions, which some users have among warm held-out items."""
    dataset = tiny.dataset()
    train, val, test = (part.toarray() for part in dataset.splits.values())
    train[:, COLD] = 0
    val[:10, 4] = 1
    test[5:25, 9] = 1
    return replace(dataset, train=csr_array(train), val=csr_array(val), test=csr_array(test))


def test_held_out_items_outside_the_pool_and_users_without_others_are_left_out() -> None:
    dataset = some_cold()
    evaluated = evaluated_on(dataset, "cold")
    assert evaluated.item_pool is not None and np.flatnonzero(evaluated.item_pool).tolist() == COLD
    for whole, kept in ((dataset.val, evaluated.val), (dataset.test, evaluated.test)):
        expected = whole.toarray()
        expected[:, np.setdiff1d(np.arange(tiny.NUM_ITEMS), COLD)] = 0
        assert np.array_equal(kept.toarray(), expected) and kept.nnz == expected.sum()
    assert len(evaluated.test_users) < len(dataset.test_users)
    assert evaluated.train is dataset.train
    assert evaluated_on(dataset, "all") is dataset


def test_lists_that_hold_the_whole_pool_find_everything(tmp_path: Path) -> None:
    """Warm test items in the denominator would make that impossible."""
    dataset = some_cold()
    model, data = parts.built(dataset, evaluation=EvaluationProtocol(item_pool="cold", ks=(3,), monitor="val/recall@3"))
    (measured,) = trainer(tmp_path).test(model, datamodule=data, verbose=False)
    assert measured["test/recall@3"] == 1 and measured["test/coverage@3"] == 1
    tested = torch.isfinite(model.per_user[:, 0]).nonzero()[:, 0].tolist()
    assert tested == np.flatnonzero(dataset.test.toarray()[:, COLD].any(1)).tolist()


def test_noise_in_training_does_not_change_the_pool() -> None:
    protocol = EvaluationProtocol(item_pool="cold")
    for noise in (0.0, 1.0):
        model, data = parts.built(some_cold(), evaluation=protocol, interaction_noise=noise)
        unranked = model.unranked_items
        assert unranked is not None and (~unranked).nonzero()[:, 0].tolist() == COLD
        assert data.evaluated.test.nnz == evaluated_on(some_cold(), "cold").test.nnz


def test_what_cannot_be_evaluated_is_refused() -> None:
    with pytest.raises(UserError, match=r"item_pool=cold: every item has training interactions; choose evaluation"):
        evaluated_on(tiny.dataset(), "cold")
    dataset = some_cold()
    test = dataset.test.toarray()
    test[:, COLD] = 0
    with pytest.raises(UserError, match="item_pool=cold: no user has a test item without training interactions"):
        evaluated_on(replace(dataset, test=csr_array(test)), "cold")
