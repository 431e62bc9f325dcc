import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

import fitted
from rlmrec.backbones import slim


def library_weights(x: np.ndarray, l1: float, ridge: float) -> np.ndarray:
    """scikit-learn's elastic net of each item on all others; its terms are means over rows."""
    weights = np.zeros((x.shape[1], x.shape[1]))
    alpha, share = (l1 + ridge) / len(x), l1 / (l1 + ridge)
    for j in range(x.shape[1]):
        others = [i for i in range(x.shape[1]) if i != j]
        net = ElasticNet(alpha=alpha, l1_ratio=share, fit_intercept=False, positive=True, tol=1e-10, max_iter=10_000)
        weights[others, j] = net.fit(x[:, others], x[:, j]).coef_
    return weights


@pytest.mark.parametrize(("l1", "ridge"), [(0.1, 0.5), (1.0, 2.0)])
@pytest.mark.parametrize("numbers_at_once", [1, 2**20])
def test_with_all_items_as_candidates_it_equals_the_library(
    l1: float, ridge: float, numbers_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slim, "NUMBERS_AT_ONCE", numbers_at_once)
    x = fitted.matrix()
    expected = library_weights(x, l1, ridge)
    assert 0 < (expected > 0).sum() < expected.size / 2
    made = fitted.backbone("slim", x, l1=l1, ridge=ridge, num_candidates=1000, num_sweeps=1000)
    found = made.fit(0)["items"]
    assert not isinstance(found, np.ndarray)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-5)
    assert (found.data > 0).all(), "zeros are not stored"


def test_only_candidates_have_weights() -> None:
    x = fitted.matrix()
    made = fitted.backbone("slim", x, l1=0.01, ridge=0.5, num_candidates=2)
    found = made.fit(0)["items"]
    lengths = np.sqrt(x.sum(0))
    for j, column in enumerate(np.asarray(found.todense() if hasattr(found, "todense") else found).T):
        cosines = [
            0.0 if i == j or not lengths[i] * lengths[j] else x[:, i] @ x[:, j] / lengths[i] / lengths[j]
            for i in range(len(column))
        ]
        nearest = np.array(fitted.largest(cosines, 2)) > 0
        assert not column[~nearest].any()
