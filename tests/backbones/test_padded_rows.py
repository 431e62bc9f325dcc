import numpy as np
import pytest
from scipy.sparse import csr_array

from rlmrec.backbones.padded_rows import padded_rows


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_every_row_comes_once_with_all_its_entries(at_once: int) -> None:
    random = np.random.default_rng(0)
    table = random.random((40, 30)) * (random.random((40, 30)) < np.linspace(0, 1, 40)[:, None] ** 2)
    matrix = csr_array(table)
    lengths = np.diff(matrix.indptr)
    asked = random.permutation(np.flatnonzero(lengths))
    seen = []
    for rows, places, present in padded_rows(matrix, asked, at_once):
        assert places.size <= max(at_once, lengths.max()) and places.shape[1] < 2 * lengths[rows].min()
        for row, some, there in zip(rows, places, present, strict=True):
            np.testing.assert_array_equal(matrix.data[some[there]], table[row][table[row] != 0])
            seen.append(row)
    assert sorted(seen) == sorted(asked)
    assert not [*padded_rows(matrix, asked[:0], at_once)]
