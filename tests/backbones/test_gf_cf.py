import numpy as np
import pytest
from scipy.sparse import csr_array

import fitted
from rlmrec.backbones.singular_vectors import fit_start, singular_vectors
from rlmrec.common.errors import UserError


@pytest.mark.parametrize(("num_vectors", "weight"), [(2, 0.3), (4, 1.5), (1000, 0.7)])
def test_equals_dense_filters(num_vectors: int, weight: float) -> None:
    """With as many vectors as there are, all but the last one: a truncated decomposition never has them all."""
    x = fitted.matrix()
    of_users, of_items = np.maximum(x.sum(1), 1), np.maximum(x.sum(0), 1)
    normalised = x / np.sqrt(of_users[:, None] * of_items)
    vectors = np.linalg.svd(normalised)[2][: min(num_vectors, len(x[0]) - 1)].T
    low_pass = np.diag(of_items**-0.5) @ vectors @ vectors.T @ np.diag(of_items**0.5)
    low_pass[:, x.sum(0) == 0] = low_pass[x.sum(0) == 0] = 0
    expected = x @ (normalised.T @ normalised + weight * low_pass)
    found = fitted.scores("gf_cf", x, num_vectors=num_vectors, weight=weight)
    np.testing.assert_allclose(found, expected, atol=1e-5)


SHAPES = [(1, 4), (4, 1), (1, 1)]


def of_shape(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix of ones whose last entry is zero if there are others, and the degrees of users and items."""
    x = np.ones(shape)
    x[-1, -1] = x.size == 1
    return x, np.maximum(x.sum(1, keepdims=True), 1), np.maximum(x.sum(0), 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_single_user_or_item_leaves_the_linear_filter(shape: tuple[int, int]) -> None:
    x, of_users, of_items = of_shape(shape)
    normalised = x / np.sqrt(of_users * of_items)
    np.testing.assert_allclose(fitted.scores("gf_cf", x), x @ (normalised.T @ normalised), atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_single_user_or_item_leaves_the_linear_filter_of_sgfcf(shape: tuple[int, int]) -> None:
    """Divided by the sum of its row, which is not zero where the user has an item."""
    x, of_users, of_items = of_shape(shape)
    normalised = x / (of_users * of_items) ** 0.34
    linear = normalised @ normalised.T @ normalised
    expected = 1.6 * linear / np.where(x.any(1), linear.sum(1), 1)[:, None]
    np.testing.assert_allclose(fitted.scores("sgfcf", x), expected, atol=1e-6)


def test_an_iteration_that_fails_is_told_in_one_line() -> None:
    nothing = csr_array((5, 4), dtype=np.float32)
    with pytest.raises(UserError, match=r"^backbone: no singular vectors .*; normalise more gently") as raised:
        singular_vectors(nothing, 2, fit_start(0))
    assert "\n" not in str(raised.value)
