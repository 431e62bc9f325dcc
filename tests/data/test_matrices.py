"""Sparse matrices in files: every layout, and no id that has not been checked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.matrices import coordinates, entry_codes, load_matrix, pair_codes

DENSE = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
LAYOUTS = [f"{layout}_{kind}" for layout in ("coo", "csr", "csc", "bsr", "dia") for kind in ("matrix", "array")]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
def test_layouts(layout: str, dtype: str, tmp_path: Path) -> None:
    sparse.save_npz(tmp_path / "m.npz", getattr(sparse, layout)(DENSE.astype(dtype)))
    loaded = load_matrix(tmp_path / "m.npz")
    assert isinstance(loaded, sparse.csr_array)
    assert loaded.dtype == np.float32
    assert np.array_equal(loaded.toarray(), DENSE)


@pytest.mark.parametrize(
    ("layout", "part", "place", "value"),
    [
        ("csr", "indices", -1, 4),  # just outside, so that code without a check is wrong but does not crash
        ("csr", "indices", 0, -1),
        ("csr", "indptr", 1, 4),
        ("csc", "indices", -1, 3),
        ("csc", "indptr", 1, 3),
        ("bsr", "indices", -1, 4),
        ("coo", "row", -1, 3),
        ("coo", "col", 0, -1),
    ],
)
def test_ids_that_do_not_fit(layout: str, part: str, place: int, value: int, tmp_path: Path) -> None:
    made = getattr(sparse, f"{layout}_matrix")
    matrix = made(DENSE, blocksize=(1, 1)) if layout == "bsr" else made(DENSE)
    getattr(matrix, part)[place] = value
    sparse.save_npz(tmp_path / "m.npz", matrix)
    with pytest.raises(UserError, match=r"m\.npz is not a sparse matrix from scipy\.sparse\.save_npz: \S"):
        load_matrix(tmp_path / "m.npz")


@pytest.mark.parametrize(
    "content",
    [{"a": np.ones(3)}, {"format": np.array("csr"), "shape": (2, 2), "data": np.array([{}]), "indices": [0]}],
    ids=["other arrays", "objects"],
)
def test_other_archives(content: dict[str, Any], tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", **content)
    with pytest.raises(UserError, match=r"m\.npz is not a sparse matrix"):
        load_matrix(tmp_path / "m.npz")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match=r"m\.npz is missing"):
        load_matrix(tmp_path / "m.npz")


def test_entries_as_pairs_and_as_numbers() -> None:
    matrix = sparse.csr_array(DENSE)
    pairs, codes = coordinates(matrix), entry_codes(matrix)
    assert pairs.dtype == codes.dtype == np.int64
    assert pairs.tolist() == [[0, 0, 1, 2], [0, 2, 1, 3]]
    assert codes.tolist() == np.flatnonzero(DENSE).tolist()
    users, items = torch.from_numpy(pairs)
    assert pair_codes(users, items, 4).tolist() == codes.tolist()
