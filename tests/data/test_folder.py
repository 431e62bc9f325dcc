"""Dataset folders that people make by hand: what is accepted."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy import sparse

import tiny
from rlmrec.common.errors import MissingFilesError
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset

DENSE = {
    "train": [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    "val": [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]],
    "test": [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]],
}
LAYOUTS = [f"{layout}_{kind}" for layout in ("coo", "csr", "csc", "bsr") for kind in ("matrix", "array")]


def hand_made(folder: Path, layout: str = "csr_array", dtype: str = "float32", **manifest: Any) -> Path:
    """A folder with four fields in the manifest and the shortest possible tables, in CSV."""
    folder.mkdir()
    fields = {"format_version": 1, "name": "mine", "num_users": 3, "num_items": 4, **manifest}
    (folder / "manifest.json").write_text(json.dumps(fields))
    for split, dense in DENSE.items():
        sparse.save_npz(folder / f"{split}.npz", getattr(sparse, layout)(np.array(dense, dtype)))
    (folder / "users.csv").write_text("id\n0\n1\n2\n")
    (folder / "items.csv").write_text("id\n0\n1\n2\n3\n")
    return folder


def load(folder: Path, **options: Any) -> Dataset:
    return FolderDataset(str(folder), **options).load()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_four_fields_three_matrices_and_two_lists_of_ids_are_enough(layout: str, tmp_path: Path) -> None:
    dataset = load(hand_made(tmp_path / "mine", layout))
    assert (dataset.name, dataset.num_users, dataset.num_items) == ("mine", 3, 4)
    for split, dense in DENSE.items():
        matrix = getattr(dataset, split)
        assert isinstance(matrix, sparse.csr_array)
        assert matrix.has_canonical_format
        assert matrix.toarray().tolist() == dense
    assert dataset.users.rows() == [(i, "", "", "", "") for i in range(3)]
    assert dataset.items.columns == ["id", "external_id", "title", "metadata", "profile"]
    assert dataset.user_embeddings is dataset.item_embeddings is None


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float64"])
def test_ones_of_any_type_are_interactions(dtype: str, tmp_path: Path) -> None:
    assert load(hand_made(tmp_path / "mine", dtype=dtype)).train.toarray().tolist() == DENSE["train"]


def test_rows_of_a_table_may_come_in_any_order_with_gaps_and_further_columns(tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "mine")
    lines = ["title,id,external_id,year", '"Left, ""right""",2,007,1999', "Émile,0,,", ",1,1e3,2001"]
    (folder / "users.csv").write_text("\n".join(lines), encoding="utf-8")
    rows = [(0, "", "Émile", "", ""), (1, "1e3", "", "", ""), (2, "007", 'Left, "right"', "", "")]
    assert load(folder).users.rows() == rows, "text stays as it is written"


@pytest.mark.parametrize("kind", ["users", "items"])
def test_csv_and_parquet_tables_are_alike(kind: str, tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "data"))
    pl.read_parquet(folder / f"{kind}.parquet").reverse().write_csv(folder / f"{kind}.csv")
    (folder / f"{kind}.parquet").unlink()
    expected = getattr(tiny.dataset(), kind)
    assert getattr(load(folder, verify_checksums=False), kind).equals(expected)


def test_numbers_and_nulls_in_parquet_become_text(tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "mine")
    table = pl.DataFrame({"id": [1, 0, 2], "external_id": [10, 20, None], "profile": [None, "b", "c"]})
    (folder / "users.csv").unlink()
    table.with_columns(pl.col("id").cast(pl.UInt8)).write_parquet(folder / "users.parquet")
    assert load(folder).users.rows() == [(0, "20", "", "", "b"), (1, "10", "", "", ""), (2, "", "", "", "c")]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("memory_map", [True, False])
def test_embeddings(dtype: str, memory_map: bool, tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "mine")
    users, items = np.eye(3, 5, dtype=dtype), np.eye(4, 5, k=1, dtype=dtype)
    np.save(folder / "user_embeddings.npy", users)
    np.save(folder / "item_embeddings.npy", np.asfortranarray(items))
    dataset = load(folder, memory_map=memory_map)
    assert isinstance(dataset.user_embeddings, np.memmap) == memory_map
    profiles = dataset.profile_embeddings()
    assert profiles.dtype == torch.float32
    assert np.array_equal(profiles[:], np.concatenate([users, items])), "users first"


@pytest.mark.parametrize("present", [[], ["user"], ["item"]])
def test_absent_embeddings_are_named_when_they_are_needed(present: list[str], tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "mine")
    for kind in present:
        np.save(folder / f"{kind}_embeddings.npy", np.ones((3 if kind == "user" else 4, 5)))
    dataset = load(folder)
    with pytest.raises(MissingFilesError) as caught:
        dataset.profile_embeddings()
    for words in (f"python src/encode_text.py folder={folder}", "align=none"):
        assert words in str(caught.value)
    for kind in ("user", "item"):
        assert (f"{kind}_embeddings.npy" in str(caught.value)) == (kind not in present)


def test_the_name_can_be_chosen(tmp_path: Path) -> None:
    assert load(hand_made(tmp_path / "mine"), name="yours").name == "yours"


@pytest.mark.parametrize("where", ["option", "manifest"])
def test_users_without_training_interactions_can_be_allowed(where: str, tmp_path: Path) -> None:
    allowed: dict[str, Any] = {"allow_empty_training_rows": True}
    folder = hand_made(tmp_path / "mine", **(allowed if where == "manifest" else {}))
    sparse.save_npz(folder / "train.npz", sparse.csr_array(np.array([[1, 0, 1, 0], [0] * 4, [0] * 4], np.float32)))
    dataset = load(folder, **(allowed if where == "option" else {}))
    assert np.diff(dataset.train.indptr).tolist() == [2, 0, 0]
