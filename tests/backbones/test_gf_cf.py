import numpy as np
import pytest

import fitted


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
