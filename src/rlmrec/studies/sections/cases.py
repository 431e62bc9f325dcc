"""Case studies: single users before and after alignment."""

from itertools import groupby

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.errors import UserError
from rlmrec.studies.cell import Cell
from rlmrec.studies.section import LeftOutError, Models, Person, Section
from rlmrec.studies.sections.popularity import recommended
from rlmrec.studies.significance import paired_users
from rlmrec.studies.study import Study

SHOWN, HISTORY = 20, 15


def case_studies(study: Study, models: Models) -> Section:
    """Three users for one backbone of every dataset, and every alignment's lists."""
    persons: list[Person] = []
    reasons: list[str] = []
    for _, of_dataset in groupby(study.references(), key=lambda cells: cells[0].dataset):
        found: list[Person] = []
        for cells in of_dataset:
            try:
                found = found or _persons(cells, study.metric, models)  # one backbone is enough to read
            except UserError as error:
                reasons.append(str(error))
        persons += found
    intro = (
        f"Users are chosen by rule, not by hand: ordered by what {study.metric} gains from none to the best alignment "
        "by validation, these are the first, the middle and the last; of equals, by external id. All lists are of one "
        "seed: that alignment's of median validation, or else the lowest that all share. Of every dataset the first "
        f"backbone that has such runs. The first {SHOWN} places are shown, held-out items marked; of histories "
        f"{HISTORY} items."
    )
    return Section("Case studies", intro, persons, reasons)


def _persons(cells: list[Cell], metric: str, models: Models) -> list[Person]:
    plain, *aligned = cells
    if plain.align != "none" or not aligned:
        raise LeftOutError(f"{plain.pair} has no pair of runs with and without alignment")
    best = max(aligned, key=lambda cell: cell.validation)
    cells = _of_one_seed(cells, best.representative.seed)
    plain, chosen = cells[0], next(cell for cell in cells if cell.align == best.align)
    pairs = paired_users(chosen, plain, metric).with_columns(gain=pl.col("value") - pl.col("other"))
    if pairs.is_empty():
        raise LeftOutError(f"{chosen.name} and align=none kept no values of single users")
    lists = {cell: recommended(cell, models) for cell in cells}
    dataset = lists[chosen][0]
    ordered = pairs.sort("gain", descending=True, maintain_order=True)
    last = pairs.sort("gain", maintain_order=True).row(0, named=True)
    rows = {"largest gain": ordered.row(0, named=True), "middle": ordered.row(len(ordered) // 2, named=True)}
    persons = []
    for rule, row in (rows | {"largest loss": last}).items():
        user = int(dataset.users.filter(pl.col("external_id") == row["external_id"])["id"][0])
        persons.append(
            Person(
                f"{rule}: {row['gain']:+.3f} {metric} with {chosen.align}",
                f"{plain.pair} · {dataset.users['title'][user] or row['external_id']}",
                dataset.users["profile"][user] or "no profile",
                titles(dataset, _items(dataset.train, user)[:HISTORY]),
                titles(dataset, _items(dataset.test, user)),
                [(cell.align, *_list(cell, user, metric, dataset)) for cell in cells],
            )
        )
    return persons


def _of_one_seed(cells: list[Cell], preferred: int) -> list[Cell]:
    """The same cells with the runs of one seed: a list of another seed differs for more reasons than alignment."""
    shared = set.intersection(*({run.seed for run in cell.runs} for cell in cells))
    if not shared:
        raise LeftOutError(f"{cells[0].pair}: runs with and without alignment share no seed")
    seed = preferred if preferred in shared else min(shared)
    return [Cell(cell.group, cell.varied, tuple(run for run in cell.runs if run.seed == seed)) for cell in cells]


def _list(cell: Cell, user: int, metric: str, dataset: Dataset) -> tuple[str, list[tuple[str, bool]]]:
    """The user's metric in the representative run with its options, and its titles, each with whether held out."""
    run = cell.representative
    assert run.recommendations is not None
    rows = run.recommendations.filter(pl.col("user") == user).sort("rank").head(SHOWN)
    values = [] if run.per_user is None else run.per_user.filter(pl.col("user") == user)[metric].to_list()
    value = [f"{metric} {values[0]:.3f}"] if values else []
    return ", ".join(filter(None, [*value, cell.options])), list(
        zip(titles(dataset, rows["item"].to_numpy()), rows["hit"].to_list(), strict=True)
    )


def titles(dataset: Dataset, items: np.ndarray) -> list[str]:
    """What items are called, by title, or else by external id."""
    rows = dataset.items[items.tolist()]
    return [title or name for title, name in zip(rows["title"], rows["external_id"], strict=True)]


def _items(matrix: csr_array, user: int) -> np.ndarray:
    return matrix.indices[matrix.indptr[user] : matrix.indptr[user + 1]]
