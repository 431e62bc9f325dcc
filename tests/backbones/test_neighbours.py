"""Products of which the largest entries are kept, against sorting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from fitted import largest
from rlmrec.backbones import neighbours
from rlmrec.backbones.neighbours import top_of_product


@pytest.mark.parametrize("at_once", [1, 7, 10**6])
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_product(at_once: int, data: st.DataObject) -> None:
    """Small whole numbers, so that there are ties: those of lower columns stay."""
    n, m, k = (data.draw(st.integers(1, 5)) for _ in range(3))
    rows = st.lists(st.integers(0, 2), min_size=n * m, max_size=n * m)
    left = np.array(data.draw(rows), np.float32).reshape(n, m)
    right = np.array(data.draw(rows), np.float32).reshape(m, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "ENTRIES_AT_ONCE", at_once)
        found = top_of_product(csr_array(left), csr_array(right), k)
    product = left @ right
    np.fill_diagonal(product, 0)
    assert found.toarray().tolist() == [largest(row, k) for row in product.tolist()]
    assert found.has_canonical_format and (found.data > 0).all()


def test_rows_are_changed_before_the_largest_are_kept() -> None:
    ones = csr_array(np.ones((3, 3), np.float32))
    starts = []

    def change(product: csr_array, start: int) -> None:
        starts.append((start, product.shape[0]))
        product.data *= product.indices + 1

    found = top_of_product(ones, ones, 1, change).toarray()
    assert found.tolist() == [[0, 0, 9], [0, 0, 9], [0, 6, 0]]
    assert starts == [(0, 3)]
