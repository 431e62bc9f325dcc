"""Weights of training interactions, where a folder keeps them."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.data import interaction_log
from rlmrec.data.folder import FolderDataset
from rlmrec.data.interaction_log import weights

TRAIN = csr_array(np.array([[0, 1, 1], [1, 0, 0]], np.float32))


def written(folder: Path, values: list[float | None] | None, items: tuple[int, ...] = (2, 1, 0)) -> Path:
    """A log of the training interactions, in another order than theirs, and one of validation."""
    log = interaction_log.from_matrices({"train": TRAIN, "val": csr_array(np.array([[1, 0, 0], [0, 0, 0]]))})
    log = log.with_columns(item=pl.Series([*items, 0]), user=pl.Series([0, 0, 1, 0]))
    if values is not None:
        log = log.with_columns(weight=pl.Series([*values, 99.0], dtype=pl.Float32))
    log.write_parquet(folder / interaction_log.FILE)
    return folder


def test_they_come_in_the_order_of_the_training_matrix_and_one_stands_for_an_unknown_one(tmp_path: Path) -> None:
    found = weights(written(tmp_path, [3.0, None, 7.0]), TRAIN)
    assert found is not None and found.dtype == np.float32
    assert found.tolist() == [1, 3, 7], "user 0 has items 1 and 2, user 1 has item 0"


def test_there_may_be_none(tmp_path: Path) -> None:
    assert weights(tmp_path, TRAIN) is None
    assert weights(written(tmp_path, None), TRAIN) is None


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_impossible_weights_are_refused(value: float, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"interactions.parquet: weights must be numbers of at least 0"):
        weights(written(tmp_path, [1.0, value, 1.0]), TRAIN)


@pytest.mark.parametrize(
    ("items", "reason"), [((2, 0, 0), "other training interactions"), ((2, 7, 0), "no.* readable")]
)
def test_a_log_of_other_interactions_is_refused(items: tuple[int, ...], reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=reason):
        weights(written(tmp_path, [1.0, 1.0, 1.0], items), TRAIN)


def test_a_folder_gives_them_to_its_dataset(tiny_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder, tmp_path / "data"))
    dataset = FolderDataset(str(folder)).load()
    assert dataset.train_weights is None
    log = interaction_log.from_matrices({"train": dataset.train, "val": dataset.val, "test": dataset.test})
    values = pl.int_range(pl.len()).cast(pl.Float32).alias("weight")
    log.with_columns(values).sample(fraction=1.0, shuffle=True, seed=0).write_parquet(folder / interaction_log.FILE)
    found = FolderDataset(str(folder), verify_checksums=False).load().train_weights
    assert found is not None and found.tolist() == list(range(dataset.train.nnz))
