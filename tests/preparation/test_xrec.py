"""Subsets in the layout of XRec."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import real_data
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.validation import validate
from rlmrec.preparation.sources import XRecSource

TEXTS = ["sub_users.jsonl", "sub_items.jsonl"]
DENSE = {"trn": [[1, 0, 1], [0, 1, 0]], "val": [[0, 1, 0], [0, 0, 0]], "tst": [[0, 0, 0], [1, 0, 1]]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split, dense in DENSE.items():
        sparse.save_npz(tmp_path / f"sub_{split}.npz", sparse.csr_matrix(np.array(dense, float)))
    lines(tmp_path / "sub_users.jsonl", [{"uid": i, "xrec_uid": i + 4, "profile": f"reads {i}"} for i in range(2)])
    lines(tmp_path / "sub_items.jsonl", [{"iid": i, "title": f"Nº {i}", "profile": f"about {i}"} for i in range(3)])
    return tmp_path


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read(folder: Path) -> Dataset:
    return XRecSource(str(folder), "small", "made up").load()


def test_everything_is_read(folder: Path) -> None:
    dataset = read(folder)
    validate(dataset)
    for split, dense in zip(("train", "val", "test"), DENSE.values(), strict=True):
        assert getattr(dataset, split).toarray().tolist() == dense
    assert dataset.users.rows() == [(i, str(i), "", "", f"reads {i}") for i in range(2)]
    assert dataset.items.rows() == [(i, str(i), f"Nº {i}", "", f"about {i}") for i in range(3)]
    assert dataset.users.columns == ["id", "external_id", "title", "metadata", "profile"]
    assert (dataset.name, dataset.description) == ("small", "made up")


def test_missing_files_are_named(folder: Path) -> None:
    (folder / "sub_val.npz").unlink()
    (folder / "sub_items.jsonl").unlink()
    with pytest.raises(MissingFilesError, match=r"lacks sub_val\.npz, sub_items\.jsonl: set source\.root"):
        read(folder)


def test_a_line_ends_with_a_newline_only(folder: Path) -> None:
    """JSON texts may hold other characters that separate lines elsewhere."""
    profile = "first\u2028second\u2029third\x85fourth\x7f"
    lines(folder / "sub_users.jsonl", [{"uid": 0, "profile": profile}, {"uid": 1, "profile": "a"}])
    assert read(folder).users["profile"].to_list() == [profile, "a"]


def test_null_is_no_text(folder: Path) -> None:
    lines(folder / "sub_users.jsonl", [{"uid": 0, "profile": None}, {"uid": 1}])
    assert read(folder).users["profile"].to_list() == ["", ""]


@pytest.mark.parametrize("name", ["sub_trn.npz", "sub_users.jsonl"])
@pytest.mark.parametrize("content", [b"", b"damaged", b"\xff\xfe"])
def test_damaged_files_are_named(name: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    without_rows = name == "sub_users.jsonl" and not content  # a file of no lines is none that is damaged
    with pytest.raises(UserError, match="0 rows in the table of users" if without_rows else name):
        validate(read(folder))


def test_real_dataset() -> None:
    dataset = read(real_data.folder("xrec_yelp"))
    with pytest.raises(UserError, match="6 users have no training interaction"):
        validate(dataset)
    validate(dataset, allow_empty_training_rows=True)
    assert (dataset.num_users, dataset.num_items) == (2_228, 2_473)
    assert (dataset.train.nnz, dataset.val.nnz, dataset.test.nnz) == (28_089, 3_533, 3_451)
    for table in (dataset.users, dataset.items):
        assert table["external_id"].to_list() == [str(i) for i in range(len(table))]
        assert (table["profile"].str.len_chars() > 20).all()
    assert dataset.items["title"][0] == "Luke"


def test_all_interactions_can_be_split_in_another_way(folder: Path, tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    staging.mkdir()
    tables = XRecSource(str(folder), "small", "made up").tables(staging)
    pairs = tables.interactions.rows.select("user", "item").collect().rows()
    known = sum(np.array(dense) for dense in DENSE.values())
    assert sorted(pairs) == [(str(user), str(item)) for user, item in zip(*known.nonzero(), strict=True)]
    assert tables.items is not None and tables.users is not None
    assert tables.items.rows.select("title", "profile").collect().row(1) == ("Nº 1", "about 1")
    assert tables.users.rows.select("external_id", "profile").collect().row(0) == ("0", "reads 0")


def test_another_split_tells_of_the_files_that_were_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "staging").mkdir()
    tables = XRecSource(str(folder), "small", "made up").tables(tmp_path / "staging")
    assert [path.name for path in tables.paths] == ["sub_trn.npz", "sub_val.npz", "sub_tst.npz", *TEXTS]
    assert tables.notes == ()


@pytest.mark.parametrize("broken", ["a line is missing", "another shape"])
def test_parts_that_do_not_fit_are_refused_in_another_split_too(broken: str, folder: Path, tmp_path: Path) -> None:
    if broken == "another shape":
        sparse.save_npz(folder / "sub_tst.npz", sparse.csr_matrix(np.ones((2, 4))))
    else:
        lines(folder / "sub_users.jsonl", [{"uid": 0, "profile": "x"}])
    (tmp_path / "staging").mkdir()
    with pytest.raises(UserError, match=r"^dataset small: "):
        XRecSource(str(folder), "small", "made up").tables(tmp_path / "staging")
