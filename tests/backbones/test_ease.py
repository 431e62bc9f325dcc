import numpy as np
import pytest

import fitted
from rlmrec.backbones import ease


def slow_weights(x: np.ndarray, ridge: float) -> np.ndarray:
    """Each item regressed on all others, one at a time: the same least squares without the closed form."""
    weights = np.zeros((x.shape[1], x.shape[1]))
    for j in range(x.shape[1]):
        others = [i for i in range(x.shape[1]) if i != j]
        rows = np.concatenate([x[:, others], np.sqrt(ridge) * np.eye(len(others))])
        aims = np.concatenate([x[:, j], np.zeros(len(others))])
        weights[others, j] = np.linalg.lstsq(rows, aims, rcond=None)[0]
    return weights


@pytest.mark.parametrize("ridge", [0.5, 20.0])
@pytest.mark.parametrize("rows_at_once", [4, 1024])
def test_equals_a_regression_of_each_item_on_the_others(
    ridge: float, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ease, "ROWS_AT_ONCE", rows_at_once)
    x = fitted.matrix()
    found = fitted.backbone("ease", x, ridge=ridge).fit(0)["items"]
    np.testing.assert_allclose(found, slow_weights(x, ridge), atol=1e-6)
    assert (np.diag(found) == 0).all()
    np.testing.assert_allclose(fitted.scores("ease", x, ridge=ridge), x @ slow_weights(x, ridge), atol=1e-5)


def test_the_memory_is_that_of_a_dense_matrix_of_items() -> None:
    assert fitted.backbone("ease", fitted.matrix()).memory() == 12 * fitted.NUM_ITEMS**2
