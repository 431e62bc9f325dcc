"""Checks of a dataset folder."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError, one_line
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.data.matrices import entry_codes, pair_codes
from rlmrec.data.validation import problems


def examine(folder: Path) -> tuple[Manifest, Dataset | None, list[str]]:
    """Read a dataset folder and collect all of its problems.

    Args:
        folder: path of a folder in the native format.

    Returns:
        The manifest, the dataset (None if it cannot be read) and a line for each problem.

    Raises:
        UserError: if the folder has no readable manifest.
    """
    manifest = Manifest.read(folder)
    found = [str(problem) for problem in manifest.file_problems(folder)]
    try:
        dataset = FolderDataset(str(folder)).read(manifest)
    except UserError as error:
        return manifest, None, found if found and _same_file(str(error), found) else [*found, str(error)]
    found += problems(dataset, manifest.allow_empty_training_rows)
    found += _count_problems(manifest, dataset)
    if (folder / interaction_log.FILE).is_file():
        found += _log_problems(folder, dataset)
    return manifest, dataset, found


def _same_file(problem: str, found: list[str]) -> bool:
    """Return whether the missing file of a problem has already been reported."""
    return any(line.split(" is missing")[0] == problem.split(" is missing")[0] for line in found)


def _count_problems(manifest: Manifest, dataset: Dataset) -> Iterator[str]:
    for split, count in manifest.interactions.items():
        found = dataset.splits[split].nnz if split in dataset.splits else None
        if found != count:
            yield f"the manifest says {count} interactions in {split}, but {split}.npz holds {found}"


def _log_problems(folder: Path, dataset: Dataset) -> Iterator[str]:
    """Yield a line for each disagreement between the interaction log and the matrices."""
    try:
        log = interaction_log.scan(folder).select("interaction", "user", "item", "split").collect(engine="streaming")
    except UserError as error:
        yield str(error)
        return
    except (pl.exceptions.PolarsError, OSError) as error:
        yield f"{folder / interaction_log.FILE} cannot be read: {one_line(error)}"
        return
    numbers = log["interaction"]
    if numbers.null_count() or numbers.n_unique() != len(numbers):
        yield f"{interaction_log.FILE}: the column interaction must hold a number of its own for every row"
    for split, matrix in dataset.splits.items():
        rows = log.filter(pl.col("split") == split)
        logged = pair_codes(rows["user"].to_numpy(), rows["item"].to_numpy(), dataset.num_items)
        differing = len(np.setxor1d(logged, entry_codes(matrix)))
        if differing:
            yield f"{interaction_log.FILE} and {split}.npz differ in {differing} interactions"
    strange = log.filter(~pl.col("split").is_in(list(dataset.splits)))
    if len(strange):
        yield f"{interaction_log.FILE}: {len(strange)} rows belong to no split, such as {strange['split'][0]!r}"
