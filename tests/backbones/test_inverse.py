"""Inverses of symmetric matrices, and what is said where there is none."""

import numpy as np

from rlmrec.backbones.inverse import inverted, symmetric


def test_the_lower_triangle_is_that_of_the_inverse() -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((9, 6))
    matrix = np.asfortranarray(rows.T @ rows)
    true = np.linalg.inv(matrix)
    lower = inverted(matrix)
    np.testing.assert_allclose(np.tril(lower), np.tril(true), rtol=1e-9)
    np.testing.assert_allclose(symmetric(lower), true, rtol=1e-9)


def test_a_singular_matrix_has_none() -> None:
    rows = np.ones((4, 3))
    assert np.isnan(inverted(np.asfortranarray(rows.T @ rows - np.eye(3)))).all()
