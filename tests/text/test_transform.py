import numpy as np
import pytest

from rlmrec.common.errors import UserError
from rlmrec.text.transform import NoTransform, PrincipalComponents


def skewed(rows: int = 500, width: int = 20) -> np.ndarray:
    """Unit vectors of which all point to about the same side, as those of language models do."""
    random = np.random.default_rng(0)
    x = random.standard_normal((rows, width)) @ random.standard_normal((width, width)) + 10
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def fitted(vectors: np.ndarray, dim: int, whiten: bool) -> PrincipalComponents:
    transform = PrincipalComponents(dim, whiten)
    transform.fit(vectors)
    return transform


def test_whitening_gives_identity_covariance() -> None:
    x = skewed()
    y = fitted(x, 20, whiten=True).apply(x)
    np.testing.assert_allclose(np.cov(y.T), np.eye(20), atol=1e-4)
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-5)
    assert y.dtype == np.float32


def test_components_are_the_leading_eigenvectors_with_fixed_signs() -> None:
    x = skewed()
    values, directions = np.linalg.eigh(np.cov(x.T.astype(np.float64)))
    directions = directions[:, ::-1][:, :5]
    directions *= np.sign(directions[np.abs(directions).argmax(0), np.arange(5)])
    transform = fitted(x, 5, whiten=False)
    np.testing.assert_allclose(transform.apply(x), (x - x.mean(0)) @ directions, atol=1e-5)
    assert transform.description() == {
        "name": "pca",
        "dim": 5,
        "variance_kept": pytest.approx(values[::-1][:5].sum() / values.sum(), abs=1e-5),
    }


def test_order_of_the_rows_does_not_matter() -> None:
    x = skewed()
    order = np.random.default_rng(1).permutation(len(x))
    np.testing.assert_allclose(fitted(x[order], 8, whiten=True).apply(x), fitted(x, 8, whiten=True).apply(x), atol=1e-4)


@pytest.mark.parametrize(("rows", "dim"), [(500, 21), (8, 8)])
def test_too_many_components(rows: int, dim: int) -> None:
    with pytest.raises(UserError, match=rf"transform\.dim={dim} is more than {rows} vectors of 20 numbers can give"):
        PrincipalComponents(dim).fit(skewed(rows))


def test_none_changes_nothing() -> None:
    x = skewed()
    transform = NoTransform()
    transform.fit(x)
    assert transform.apply(x) is x
    assert transform.description() is None
