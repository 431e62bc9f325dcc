"""Parquet files."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from format_reading import columns, records
from rlmrec.common.errors import UserError
from rlmrec.formats import format_of


def parquet(folder: Path, **values: pl.Series) -> Path:
    path = folder / "table[1].parquet"
    with path.open("wb") as file:
        pl.DataFrame(values).write_parquet(file)
    return path


def test_columns_keep_their_types(tmp_path: Path) -> None:
    moment = dt.datetime(2018, 7, 7, 22, 9, 11, 123456)
    values = {
        "whole": pl.Series([2**63 - 1, None]),
        "large": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
        "float": pl.Series([1.0, float("nan")]),
        "kind": pl.Series(["a", "b"], dtype=pl.Categorical),
        "moment": pl.Series([moment, None]),
        "day": pl.Series([moment.date(), None]),
    }
    path = parquet(tmp_path, **values)
    assert columns(path) == list(values)
    found = format_of(path).scan(path, ["large", "moment", "kind"], tmp_path).collect()
    assert found.rows() == [(2**64 - 1, moment, "a"), (0, None, "b")]
    assert list(found.schema.values()) == [pl.UInt64, pl.Datetime("us"), pl.Categorical]


def test_lists_and_structures_become_words(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        authors=pl.Series([["A", None, "B"], None, []]),
        genres=pl.Series([["Sci-Fi, classic", "War"], ["x"], [""]]),
        deep=pl.Series([[["x"], ["y", "z"]], None, [[]]]),
        pair=pl.Series([["a", "b"], None, ["c", "d"]], dtype=pl.Array(pl.String, 2)),
        details=pl.Series([{"Brand": "A & B", "Pages": 320.0, "Series": None}, None, {}]),
        several=pl.Series([[{"a": 1, "b": "x"}, {"a": 2, "b": None}], None, []]),
    )
    first, second, third = records(path)
    assert first == (
        "A, B",
        "Sci-Fi, classic | War",
        "x | y, z",
        "a, b",
        "Brand: A & B, Pages: 320",
        "a: 1, b: x | a: 2",
    )
    assert second == (None, "x", None, None, None, None)
    assert third == ("", "", "", "c, d", "", "")


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1" + b"x" * 100])
def test_what_is_no_parquet_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"r\.parquet is no Parquet file: "):
        records(tmp_path / "r.parquet")


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, user=pl.Series(range(10_000)))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"table\[1\]\.parquet is no Parquet file: "):
        records(path)
