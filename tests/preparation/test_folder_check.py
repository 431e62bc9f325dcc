"""The check of dataset folders names every problem in a line of its own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import load_npz, save_npz

from rlmrec.common.errors import UserError
from rlmrec.data.manifest import Manifest
from rlmrec.preparation.check import examine
from rlmrec.preparation.tables import print_check


def forget_checksums(folder: Path) -> None:
    Manifest.read(folder).model_copy(update={"files": {}}).write(folder)


def edit_log(folder: Path, **columns: pl.Expr) -> None:
    log = pl.read_parquet(folder / "interactions.parquet")
    log.with_columns(**columns).write_parquet(folder / "interactions.parquet")


def overlap(folder: Path) -> None:
    train, val = (load_npz(folder / f"{split}.npz") for split in ("train", "val"))
    both = train.maximum(val)
    save_npz(folder / "train.npz", both)


def not_finite(folder: Path) -> None:
    vectors = np.load(folder / "item_embeddings.npy")
    vectors[3] = np.nan
    np.save(folder / "item_embeddings.npy", vectors)


def other_number(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["interactions"]["test"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))


def swap_splits(folder: Path) -> None:
    names = {"train": "train", "val": "test", "test": "val"}
    edit_log(folder, split=pl.col("split").replace_strict(names))


DAMAGES: list[tuple[Callable[[Path], object], list[str]]] = [
    (lambda folder: (folder / "val.npz").unlink(), ["val.npz is missing"]),
    (lambda folder: (folder / "val.npz").write_bytes(b"?"), ["val.npz is not the file", "is not a sparse matrix"]),
    (lambda folder: (folder / "users.parquet").write_bytes(b"?"), ["users.parquet is not", "is not a readable table"]),
    (overlap, ["train.npz is not the file", "are in both train and val", "interactions in train, but", "differ in"]),
    (not_finite, ["item_embeddings.npy is not the file", "1 item embeddings hold NaN"]),
    (other_number, ["interactions in test, but test.npz holds"]),
    (swap_splits, ["interactions.parquet is not", "and val.npz differ in", "and test.npz differ in"]),
    (
        lambda folder: edit_log(folder, interaction=pl.lit(1, pl.Int64)),
        ["interactions.parquet is not", "must hold a number of its own"],
    ),
    (
        lambda folder: edit_log(folder, split=pl.lit("dev")),
        ["interactions.parquet is not", "train.npz differ", "val.npz differ", "test.npz differ", "belong to no split"],
    ),
    (
        lambda folder: edit_log(folder, user=pl.col("user").cast(pl.String)),
        ["interactions.parquet is not", "needs the columns user (Int64)"],
    ),
    (
        lambda folder: (folder / "interactions.parquet").write_bytes(b"?"),
        ["is not the file", "is not a readable table"],
    ),
]


@pytest.mark.parametrize("damage, says", DAMAGES)
def test_every_problem_is_told_once(
    damage: Callable[[Path], object], says: list[str], tiny_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny_folder, folder)
    damage(folder)
    *_, problems = examine(folder)
    assert len(problems) == len(says), problems
    for words, problem in zip(says, problems, strict=True):
        assert words in problem
        assert "\n" not in problem


def test_a_good_folder(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest, dataset, problems = examine(tiny_folder)
    assert not problems
    assert dataset is not None
    print_check(str(tiny_folder))
    printed = capsys.readouterr().out
    assert f"{manifest.num_users} users, {manifest.num_items} items" in printed
    density = dataset.train.nnz / (manifest.num_users * manifest.num_items)
    assert f"{density:.4%}" in printed
    assert "no problems" in printed
    norms = np.linalg.norm(np.asarray(dataset.profile_embeddings())[: manifest.num_users], axis=1)
    assert f"{norms.min():.4f}" in printed


def test_histogram_counts_everybody_once(tiny_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_check(str(tiny_folder))
    lines = capsys.readouterr().out.partition("in training")[2].partition("mean")[0].splitlines()
    cells = [line.split("│") for line in lines[:-1] if line.startswith("│")]
    assert sum(int(row[2]) for row in cells) == 60
    assert sum(int(row[4]) for row in cells) == 40


def test_problems_follow_the_summary(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny_folder, folder)
    overlap(folder)
    forget_checksums(folder)
    with pytest.raises(UserError, match="3 problems in"):
        print_check(str(folder))
    assert "interactions" in capsys.readouterr().out


def test_a_folder_made_by_hand_needs_no_log(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(tiny_folder, folder)
    (folder / "interactions.parquet").unlink()
    forget_checksums(folder)
    assert not examine(folder)[2]
