import dataclasses

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

import fitted
import tiny
from rlmrec.backbones import IALS
from rlmrec.data import InteractionDataModule
from rlmrec.graph import Interactions

OPTIONS = {"embedding_dim": 3, "confidence": 4.0, "ridge": 0.5}


def slow_side(weights: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """The weighted regression of each row on all columns, written as a sum over all pairs."""
    found = []
    for row in weights:
        squares, aim = OPTIONS["ridge"] * np.eye(fixed.shape[1]), np.zeros(fixed.shape[1])
        for weight, vector in zip(row, fixed, strict=True):
            confidence = 1 + OPTIONS["confidence"] * weight
            squares = squares + confidence * np.outer(vector, vector)
            aim = aim + confidence * (weight > 0) * vector
        found.append(np.linalg.inv(squares) @ aim)
    return np.array(found)


def embeddings(made: IALS) -> tuple[np.ndarray, np.ndarray]:
    found = made.fit(seed=0)
    return np.asarray(found["users"], np.float64), np.asarray(found["items"], np.float64)


def test_a_round_solves_for_items_and_then_for_users() -> None:
    x = fitted.matrix()
    first = embeddings(IALS(fitted.interactions(x), num_rounds=1, **OPTIONS))
    np.testing.assert_allclose(first[0], slow_side(x, first[1]), atol=1e-5)
    second = embeddings(IALS(fitted.interactions(x), num_rounds=2, **OPTIONS))
    np.testing.assert_allclose(second[1], slow_side(x.T, first[0]), atol=1e-5)
    np.testing.assert_allclose(second[0], slow_side(x, second[1]), atol=1e-5)


def test_many_rounds_end_where_neither_side_moves() -> None:
    x = fitted.matrix()
    users, items = embeddings(IALS(fitted.interactions(x), num_rounds=300, **OPTIONS))
    np.testing.assert_allclose(items, slow_side(x.T, users), atol=1e-3)
    np.testing.assert_allclose(fitted.scores("ials", x, num_rounds=300, **OPTIONS), users @ items.T, atol=1e-5)


def test_weights_of_interactions_raise_confidence() -> None:
    x = fitted.matrix()
    weights = x * np.arange(1, x.size + 1).reshape(x.shape) / 20
    known = dataclasses.replace(fitted.interactions(x), weights=torch.from_numpy(weights[x > 0]))
    users, items = embeddings(IALS(known, num_rounds=2, **OPTIONS))
    np.testing.assert_allclose(users, slow_side(weights, items), atol=1e-4)
    assert not np.allclose(users, embeddings(IALS(fitted.interactions(x), num_rounds=2, **OPTIONS))[0], atol=1e-2)


def test_weights_of_a_dataset_reach_the_backbone_and_noise_weighs_one() -> None:
    dataset = tiny.dataset()
    weights = np.arange(1, dataset.train.nnz + 1, dtype=np.float32)
    kept = dataclasses.replace(dataset, train_weights=weights)
    found = IALS(InteractionDataModule(kept).interactions).weights
    expected = csr_array((weights, dataset.train.indices, dataset.train.indptr), dataset.train.shape)
    assert (found != expected).nnz == 0
    noisy = IALS(InteractionDataModule(kept, interaction_noise=0.2).interactions).weights
    assert noisy.nnz > found.nnz
    assert set(noisy.data[(noisy - found).toarray()[noisy.toarray() > 0] != 0]) == {1.0}
    assert set(IALS(InteractionDataModule(dataset).interactions).weights.data) == {1.0}


@pytest.mark.parametrize("width", [2, 8, 64])
def test_short_and_long_histories_are_solved_for_alike(width: int) -> None:
    random = np.random.default_rng(1)
    weights = csr_array(random.random((50, 40)) * (random.random((50, 40)) < np.linspace(0, 1, 50)[:, None]))
    users, items = weights.nonzero()
    model = IALS(Interactions(torch.from_numpy(users), torch.from_numpy(items), 50, 40), width, 3.0, 0.5)
    fixed = random.standard_normal((40, width))
    found = model._solved(weights, fixed)
    for row, confidence in enumerate(1 + 3.0 * weights.toarray()):
        squares = fixed.T @ (confidence[:, None] * fixed) + 0.5 * np.eye(width)
        expected = np.linalg.solve(squares, fixed.T @ (confidence * (confidence > 1)))
        np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-12)
