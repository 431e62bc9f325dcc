"""Embeddings that tell nothing are counted exactly, in memory and on disk, in every type."""

from pathlib import Path

import numpy as np
import pytest

from rlmrec.data.findings import vectors
from rlmrec.data.findings.vectors import measure, warnings


def table(count: int = 60, width: int = 7, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, width)).astype(dtype)


def told(rows: np.ndarray, given_mean: int = 0) -> list[str]:
    return list(warnings("item", measure(rows), given_mean))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_norms_are_those_of_an_independent_loop(dtype: str) -> None:
    rows = table(dtype=dtype)
    norms = sorted(sum(float(value) ** 2 for value in row) ** 0.5 for row in rows)
    facts = measure(rows)
    found = (facts.smallest, facts.median, facts.mean, facts.largest)
    expected = (norms[0], (norms[29] + norms[30]) / 2, sum(norms) / 60, norms[-1])
    assert np.allclose(found, expected, rtol=1e-3 if dtype == "float16" else 1e-6)
    assert (facts.count, facts.distinct, facts.alike, facts.zero, facts.huge, facts.not_finite) == (60, 60, 1, 0, 0, 0)
    assert told(rows) == []


@pytest.mark.parametrize("bytes_at_once", [1, 100, 2**20])
def test_pieces_of_a_mapped_file_make_no_difference(
    bytes_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = table()
    rows[10:40] = rows[50]
    rows[5] = 0
    np.save(tmp_path / "v.npy", rows)
    whole = measure(rows)
    monkeypatch.setattr(vectors, "BYTES_AT_ONCE", bytes_at_once)
    assert measure(np.load(tmp_path / "v.npy", mmap_mode="r")) == whole
    assert (whole.alike, whole.example, whole.distinct, whole.zero) == (31, 10, 30, 1)


def test_one_vector_for_many() -> None:
    rows = table()
    rows[20:] = rows[0]
    assert told(rows, given_mean=40) == [
        "41 of 60 (68.3 %) item embeddings are one and the same vector, that of item 0 for instance; 40 items got the "
        "mean vector, having no profile: alignment cannot tell these items apart"
    ]
    rows = table()
    rows[57:] = rows[0]
    assert told(rows) == [], "a few are no flaw of the whole"


def test_one_vector_for_all_of_few() -> None:
    assert "3 of 3 (100.0 %)" in told(np.ones((3, 2), np.float32))[0]
    assert told(np.ones((1, 2), np.float32)) == []


def test_signs_and_last_places_tell_vectors_apart() -> None:
    rows = np.ones((8, 4), np.float32)
    rows[:4] *= -np.eye(4, dtype=np.float32) * 2 + 1
    rows[4, 3] = np.nextafter(np.float32(1), np.float32(2))
    assert measure(rows).distinct == 6


def test_zero_vectors_are_told_once() -> None:
    rows = table()
    rows[3:50] = 0
    lines = told(rows)
    assert len(lines) == 1
    assert lines[0].startswith("47 of 60 (78.3 %) item embeddings are zero")
    assert "encode_text.py" in lines[0]


@pytest.mark.parametrize("size", [1e3, 1e25])
def test_huge_vectors_are_told_even_where_their_square_is_beyond_single_precision(size: float) -> None:
    rows = table()
    rows[7] *= size
    lines = told(rows)
    assert len(lines) == 1
    assert lines[0].startswith("1 of 60 (1.7 %) item embeddings are over 100 times as long as most")
    assert measure(rows).not_finite == 0


def test_rows_that_are_not_finite_are_counted_and_do_not_hide_the_others() -> None:
    rows = table()
    rows[1, 2], rows[4, 0] = np.nan, np.inf
    facts = measure(rows)
    assert facts.not_finite == 2
    assert np.isfinite(facts.mean)
    assert told(rows)[0].startswith("2 of 60 (3.3 %) item embeddings hold NaN or infinite values")
