"""What a dataset folder holds, in tables to read."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.data.manifest import Manifest
from rlmrec.preparation.check import examine

DEGREES = (0, 1, 2, 5, 10, 20, 50, 100, 1000)
"""Lower borders of the bins of the histogram."""


def print_preparation(folder: str) -> None:
    """Print how many users, items and interactions every filter left."""
    preparation = Manifest.read(Path(folder)).preparation
    steps = preparation.get("filters", [])
    if not steps:
        return
    rows: list[list[Any]] = [["raw", *_counts(steps[0]["before"])]]
    rows += [[_step(step), *_counts(step["after"])] for step in steps]
    _print("what the filters left", ["", "users", "items", "interactions"], rows)
    split = preparation["split"]
    print(
        f"split {split['kind']}: {split['without_training']['users']} users and {split['without_training']['items']} "
        f"items had no training interaction; {split['interactions_moved_to_training']} interactions moved to training, "
        f"{split['interactions_dropped']} dropped"
    )


def print_check(folder: str) -> None:
    """Print what a dataset folder holds and what is wrong with it.

    Raises:
        UserError: a line for every problem, if there are any.
    """
    root = Path(folder)
    manifest, dataset, problems = examine(root)
    if dataset is not None:
        _print_summary(root, manifest, dataset)
    if problems:
        raise UserError(f"{len(problems)} problem(s) in {folder}:\n  " + "\n  ".join(problems))
    print(f"{folder}: no problems")


def _print_summary(root: Path, manifest: Manifest, dataset: Dataset) -> None:
    splits = {"train": dataset.train, "val": dataset.val, "test": dataset.test}
    print(f"{manifest.name}: {dataset.num_users} users, {dataset.num_items} items. {manifest.description}")
    _print("interactions", ["split", "count", "share", "density", "users", "items"], _split_rows(splits))
    if len({matrix.shape for matrix in splits.values()}) == 1:
        _print("in training", ["interactions", "users", "", "items", ""], _degree_rows(dataset.train))
        _print("overlaps", ["", "pairs in both", "cold users", "cold items"], _overlap_rows(splits))
    _print("texts", ["", "present", "share", "mean characters"], _text_rows(root, dataset))
    vectors = {"users": dataset.user_embeddings, "items": dataset.item_embeddings}
    if any(table is not None for table in vectors.values()):
        header = ["embeddings", "width", "type", "smallest norm", "mean", "largest", "zero"]
        _print(None, header, _norm_rows(vectors))


def _print(title: str | None, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(header):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(str(cell)) for cell in row))
    Console().print(table)


def _step(step: Mapping[str, Any]) -> str:
    options = (f"{name}={value}" for name, value in step.items() if name not in ("filter", "before", "after", "seed"))
    return " ".join([step["filter"], *options])


def _counts(sizes: Mapping[str, int]) -> list[int]:
    return [sizes[name] for name in ("users", "items", "interactions")]


def _split_rows(splits: Mapping[str, csr_array]) -> list[list[Any]]:
    everything = sum(matrix.nnz for matrix in splits.values())
    rows: list[list[Any]] = []
    for name, matrix in splits.items():
        users, items = np.unique(matrix.tocoo().coords[0]), np.unique(matrix.indices)
        density = matrix.nnz / max(matrix.shape[0] * matrix.shape[1], 1)
        share = f"{matrix.nnz / max(everything, 1):.1%}"
        rows.append([name, int(matrix.nnz), share, f"{density:.4%}", len(users), len(items)])
    return rows


def _degree_rows(train: csr_array) -> list[list[Any]]:
    degrees = (np.diff(train.indptr), np.bincount(train.indices, minlength=train.shape[1]))
    borders = [*DEGREES, np.iinfo(np.int64).max]
    counts = [np.histogram(part, bins=borders)[0].tolist() for part in degrees]
    rows: list[list[Any]] = []
    for number, lowest in enumerate(DEGREES):
        highest = borders[number + 1] - 1
        if any(count[number] for count in counts):
            label = str(lowest) if highest == lowest else f"{lowest} to {highest}" if lowest < 1000 else "1000 and more"
            bars = ["█" * round(20 * count[number] / max(sum(count), 1)) for count in counts]
            rows.append([label, counts[0][number], bars[0], counts[1][number], bars[1]])
    means = [f"{part.mean():.1f}" for part in degrees]
    return [*rows, ["mean", means[0], "", means[1], ""]]


def _overlap_rows(splits: Mapping[str, csr_array]) -> list[list[Any]]:
    """Shared pairs, and users and items of the later split that the earlier one lacks."""
    rows: list[list[Any]] = []
    for (first, left), (second, right) in combinations(splits.items(), 2):
        cold = [np.setdiff1d(right.tocoo().coords[axis], left.tocoo().coords[axis]) for axis in (0, 1)]
        shared = int(csr_array(left.multiply(right)).nnz)
        rows.append([f"{second} against {first}", shared, len(cold[0]), len(cold[1])])
    return rows


def _text_rows(root: Path, dataset: Dataset) -> list[list[Any]]:
    rows = []
    for kind, table in (("users", dataset.users), ("items", dataset.items)):
        for column in ("external_id", "title", "metadata", "profile"):
            lengths = table[column].str.len_chars()
            present = int((lengths > 0).sum())
            rows.append(_coverage(f"{kind}: {column}", present, len(table), int(lengths.sum())))
    if (root / interaction_log.FILE).is_file():
        try:
            length = pl.col("review").str.len_chars()
            sums = interaction_log.scan(root).select(pl.len(), (length > 0).sum().alias("present"), length.sum())
            count, present, characters = sums.collect(engine="streaming").row(0)
        except (UserError, pl.exceptions.PolarsError, OSError):
            return rows  # told among the problems
        rows.append(_coverage("reviews", present, count, characters))
    return rows


def _coverage(name: str, present: int, count: int, characters: int) -> list[Any]:
    return [name, present, f"{present / max(count, 1):.1%}", f"{characters / max(present, 1):.0f}"]


def _norm_rows(vectors: Mapping[str, np.ndarray | None]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for kind, table in vectors.items():
        if table is not None and len(table):
            norms = np.concatenate([np.linalg.norm(part.astype(np.float32), axis=1) for part in _chunks(table)])
            sizes = [f"{value:.4f}" for value in (norms.min(), norms.mean(), norms.max())]
            rows.append([kind, int(table.shape[1]), str(table.dtype), *sizes, int((norms == 0).sum())])
    return rows


def _chunks(table: np.ndarray, size: int = 8192) -> list[np.ndarray]:
    return [table[start : start + size] for start in range(0, len(table), size)]
