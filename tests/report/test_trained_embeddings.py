"""Linear CKA and groups of equal size."""

from math import isnan

import numpy as np
import pytest

from rlmrec.report.sections.popularity import equal_groups
from rlmrec.report.trained_embeddings import linear_cka


def by_kernels(x: np.ndarray, y: np.ndarray) -> float:
    """The definition over Gram matrices, which are centred by a matrix product."""
    centring = np.eye(len(x)) - 1 / len(x)
    k, m = (centring @ part @ part.T @ centring for part in (x, y))
    return float(np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m)))


def test_cka_is_that_of_the_gram_matrices() -> None:
    random = np.random.default_rng(0)
    x, y = random.standard_normal((12, 3)) + 5, random.standard_normal((12, 7))
    assert linear_cka(x, y) == pytest.approx(by_kernels(x, y))


def test_cka_is_blind_to_rotation_scale_and_place() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((20, 4)).astype(np.float32)
    rotation = np.linalg.qr(random.standard_normal((4, 4)))[0]
    assert linear_cka(x, 3 * x @ rotation + 7) == pytest.approx(1)
    assert linear_cka(x, random.standard_normal((20, 4))) < 0.9
    assert isnan(linear_cka(x, np.ones((20, 2))))


def test_groups_of_equal_size() -> None:
    assert equal_groups(np.array([5, 1, 9, 1]), 2).tolist() == [1, 0, 1, 0]
    assert equal_groups(np.zeros(5), 5).tolist() == [0, 1, 2, 3, 4]
    assert np.bincount(equal_groups(np.arange(103), 10)).tolist() == [11, 10, 10, 11, 10, 10, 11, 10, 10, 10]
    assert equal_groups(np.array([]), 3).tolist() == []
