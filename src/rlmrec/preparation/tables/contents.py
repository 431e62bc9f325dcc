"""Printed tables of the contents of a dataset folder."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.terminal import print_table
from rlmrec.data.dataset import TEXT_COLUMNS, Dataset
from rlmrec.preparation.folder_contents import FolderContents
from rlmrec.preparation.moments import moment

DEGREES = (0, 1, 2, 5, 10, 20, 50, 100, 1000)
"""Lower bounds of the histogram bins."""


def print_contents(contents: FolderContents) -> None:
    """Print the sizes of the splits, degrees of users and items, overlaps, texts, profiles and embeddings."""
    manifest, dataset = contents.manifest, contents.dataset
    print(f"{manifest.name}: {dataset.num_users} users, {dataset.num_items} items. {manifest.description}")
    header = ["split", "count", "share", "density", "users", "items"]
    times = _times(contents)
    print_table(
        "interactions", [*header, *(["first", "last"] if times else [])], _split_rows(contents.dataset.splits, times)
    )
    if len({matrix.shape for matrix in contents.dataset.splits.values()}) == 1:
        print_table("in training", ["interactions", "users", "", "items", ""], _degree_rows(dataset))
        print_table(
            "overlaps", ["", "pairs in both", "cold users", "cold items"], _overlap_rows(contents.dataset.splits)
        )
    print_table("texts", ["", "present", "share", "mean characters"], _text_rows(contents))
    if any(facts.alike for facts in contents.profiles.values()):
        header = ["profiles", "empty", "say nothing", "alike but for numbers"]
        print_table(None, header, _profile_rows(contents))
    if contents.vectors:
        header = ["embeddings", "size", "norm from", "to", "zero", "distinct", "alike"]
        print_table(None, header, _vector_rows(contents))


def _times(contents: FolderContents) -> dict[str, tuple[str, str]]:
    """Return the days of the first and last interaction of each split with known times."""
    if contents.log is None:
        return {}
    known = contents.log.filter(pl.col("times") > 0).select("split", "first", "last").rows()
    return {split: (_day(first), _day(last)) for split, first, last in known}


def _day(seconds: int) -> str:
    return moment(seconds * 1_000_000).partition(" ")[0]


def _split_rows(splits: Mapping[str, csr_array], times: Mapping[str, tuple[str, str]]) -> list[list[Any]]:
    everything = sum(matrix.nnz for matrix in splits.values())
    rows: list[list[Any]] = []
    for name, matrix in splits.items():
        users, items = np.unique(matrix.tocoo().coords[0]), np.unique(matrix.indices)
        density = matrix.nnz / max(matrix.shape[0] * matrix.shape[1], 1)
        share = f"{matrix.nnz / max(everything, 1):.1%}"
        days = times.get(name, ("", "")) if times else ()
        rows.append([name, int(matrix.nnz), share, f"{density:.4%}", len(users), len(items), *days])
    return rows


def _degree_rows(dataset: Dataset) -> list[list[Any]]:
    degrees = (np.diff(dataset.train.indptr), dataset.item_counts)
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
    """Return the number of shared pairs, and of users and items of the later split that are not in the earlier one."""
    rows: list[list[Any]] = []
    for (first, left), (second, right) in combinations(splits.items(), 2):
        cold = [np.setdiff1d(right.tocoo().coords[axis], left.tocoo().coords[axis]) for axis in (0, 1)]
        shared = int(csr_array(left.multiply(right)).nnz)
        rows.append([f"{second} against {first}", shared, len(cold[0]), len(cold[1])])
    return rows


def _text_rows(contents: FolderContents) -> list[list[Any]]:
    rows = []
    for kind, table in contents.entities.items():
        for column in TEXT_COLUMNS:
            lengths = table[column].str.len_chars()
            present = int((lengths > 0).sum())
            rows.append(_coverage(f"{kind}s: {column}", present, len(table), int(lengths.sum())))
    if contents.log is not None:
        count, present, characters = contents.log.select("interactions", "reviews", "characters").sum().row(0)
        rows.append(_coverage("reviews", present, count, characters))
    return rows


def _coverage(name: str, present: int, count: int, characters: int) -> list[Any]:
    return [name, present, f"{present / max(count, 1):.1%}", f"{characters / max(present, 1):.0f}"]


def _profile_rows(contents: FolderContents) -> list[list[Any]]:
    return [[f"{kind}s", facts.empty, facts.say_nothing, facts.alike] for kind, facts in contents.profiles.items()]


def _vector_rows(contents: FolderContents) -> list[list[Any]]:
    rows: list[list[Any]] = []
    tables = {"user": contents.dataset.user_embeddings, "item": contents.dataset.item_embeddings}
    for kind, facts in contents.vectors.items():
        table = tables[kind]
        assert table is not None
        size, norms = f"{table.shape[1]} x {table.dtype}", [_short(norm) for norm in (facts.smallest, facts.largest)]
        rows.append([f"{kind}s", size, *norms, facts.zero, facts.distinct, facts.alike])
    return rows


def _short(number: float) -> str:
    return f"{number:.4f}" if number < 1000 else f"{number:.4g}"
