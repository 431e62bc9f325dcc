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


@pytest.mark.parametrize("name", ["gf_cf", "sgfcf"])
@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1)])
def test_a_single_user_or_item_leaves_the_linear_filter(name: str, shape: tuple[int, int]) -> None:
    x = np.ones(shape)
    x[-1, -1] = x.size == 1
    of_users, of_items = np.maximum(x.sum(1), 1), np.maximum(x.sum(0), 1)
    found = fitted.scores(name, x)
    if name == "gf_cf":
        normalised = x / np.sqrt(of_users[:, None] * of_items)
        np.testing.assert_allclose(found, x @ (normalised.T @ normalised), atol=1e-6)
    assert found.shape == shape and np.isfinite(found).all()


def test_an_iteration_that_fails_is_told_in_one_line() -> None:
    nothing = csr_array((5, 4), dtype=np.float32)
    with pytest.raises(UserError, match=r"^backbone: no singular vectors .*; normalise more gently") as raised:
        singular_vectors(nothing, 2, fit_start(0))
    assert "\n" not in str(raised.value)
