"""Preparation of a dataset folder from a source."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import UserError
from rlmrec.common.files import new_folder
from rlmrec.common.terminal import progress_bar
from rlmrec.data.dataset import Dataset
from rlmrec.data.manifest import StoredFile
from rlmrec.data.validation import validate
from rlmrec.data.writing import write_contents, write_folder
from rlmrec.preparation.filters import Complete, Filter, OneOfRepeated
from rlmrec.preparation.given_profiles import given_profiles
from rlmrec.preparation.guards import room_for
from rlmrec.preparation.log_writing import write_log
from rlmrec.preparation.orphans import settle, without_training
from rlmrec.preparation.raw_counts import count_entities, count_interactions
from rlmrec.preparation.sources import RawSource, ReadySource
from rlmrec.preparation.splits import NAMES, Split
from rlmrec.preparation.staging import IntegerLog, Staged, number, stage, staging_folder

Record = dict[str, Any]


def prepare_ready(source: ReadySource, out: str, allow_empty_training_rows: bool) -> None:
    """Write a dataset that is already split as a dataset folder.

    Args:
        source: source of the dataset.
        out: path of the folder; must not exist.
        allow_empty_training_rows: whether to accept users without training interactions.

    Raises:
        UserError: if the source or the folder has problems; names all of them.
    """
    dataset = source.load()
    validate(dataset, allow_empty_training_rows)
    preparation = {"source": {"kind": type(source).__name__, "files": _checksums(source.files())}}
    with room_for(Path(out)):
        write_folder(
            dataset,
            out,
            type(source).__name__,
            preparation=preparation,
            allow_empty_training_rows=allow_empty_training_rows,
        )


def prepare_raw(source: RawSource, filters: Mapping[str, Filter | None], split: Split, out: str) -> None:
    """Filter and split raw interactions and write them as a dataset folder, reproducibly to the byte.

    Args:
        source: source of interactions and texts.
        filters: filters by name, in the order of application, after records without user or item are removed; None
            disables a filter.
        split: rule that assigns interactions to training, validation and test.
        out: path of the folder; must not exist.

    Raises:
        UserError: if a file, column, line or option is wrong; names it.
    """
    chosen: dict[str, Filter] = {"complete": Complete()}
    chosen |= {name: choice for name, choice in filters.items() if choice is not None}
    place = Path(out)
    with room_for(place), new_folder(out) as folder, staging_folder(place) as staging:
        tables = source.tables(staging)
        for note in tables.notes:
            print(note)
        staged = stage(tables, staging)
        log = number(staged)
        kept, steps = _filtered(log.rows, chosen)
        _refuse_repeated(kept, chosen)
        split_log, record = _split(kept, split)
        dataset = _dataset(source, log, split_log, staged)
        has_orphans = split.orphans == "keep" and record["without_training"]["users"] > 0
        validate(dataset, allow_empty_training_rows=has_orphans)
        write_log(staged, split_log, folder)
        preparation = {
            "source": {
                "kind": type(source).__name__,
                **tables.options,
                "notes": list(tables.notes),
                "found": _found(staged, dataset),
                "files": _checksums(tables.paths),
            },
            "filters": steps,
            "split": record,
        }
        write_contents(
            dataset,
            folder,
            type(source).__name__,
            preparation=preparation,
            profiles_info=given_profiles(tables, dataset),
            allow_empty_training_rows=has_orphans,
        )


def _filtered(log: pl.DataFrame, filters: Mapping[str, Filter]) -> tuple[pl.DataFrame, list[Record]]:
    steps = []
    for name, choice in progress_bar(filters.items(), desc="filtering", unit="filter", leave=False):
        before = _sizes(log)
        log = log.filter(pl.Series(choice.keep(log), dtype=pl.Boolean))
        steps.append({"filter": name, **_options(choice), "before": before, "after": _sizes(log)})
        if not len(log):
            hint = "look at source.columns.user and item" if name == "complete" else "ask for less"
            raise UserError(f"filters.{name} leaves nothing of {before['interactions']} interactions: {hint}")
    return log, steps


def _refuse_repeated(log: pl.DataFrame, filters: Mapping[str, Filter]) -> None:
    if any(isinstance(choice, OneOfRepeated) for choice in filters.values()):
        return
    repeated = int((~OneOfRepeated().keep(log)).sum())
    if repeated:
        raise UserError(
            f"{repeated} interactions repeat those of the same user and item, but one can be used: leave the filter "
            "filters.repeated in (or add +filters.repeated._target_=rlmrec.preparation.filters.OneOfRepeated)"
        )


def _split(log: pl.DataFrame, split: Split) -> tuple[pl.DataFrame, Record]:
    """Return the log with the column part, and with contiguous user and item ids in ``new_user`` and ``new_item``."""
    log = _renumbered(log)
    users, items = (log[name].to_numpy() for name in ("new_user", "new_item"))
    columns = {"row": "row", "user": "new_user", "item": "new_item", "timestamp": "timestamp", "part": "part"}
    numbered = log.select(**{name: pl.col(column) for name, column in columns.items()})
    drawn = _checked(split.assign(numbered), len(log), type(split).__name__)
    orphans = {kind: len(without_training(ids, drawn)) for kind, ids in (("users", users), ("items", items))}
    parts, stays = settle(users, items, drawn, split.orphans)
    moved = int((parts != drawn).sum())
    log = _renumbered(log.with_columns(part=pl.Series(parts)).filter(pl.Series(stays)))
    if not len(log):
        raise UserError("the split leaves no user a training interaction: choose another split or other shares")
    record = {
        "kind": type(split).__name__,
        **_options(split),
        "by_time": getattr(split, "by_time", False),
        "without_training": orphans,
        "interactions_moved_to_training": moved,
        "interactions_dropped": int((~stays).sum()),
    }
    return log, record


def _renumbered(log: pl.DataFrame) -> pl.DataFrame:
    """Add ``new_user`` and ``new_item``: contiguous ids in the order of the external ids."""
    numbers = {f"new_{kind}": _without_gaps(log[kind].to_numpy()) for kind in ("user", "item")}
    return log.with_columns(**{name: pl.Series(ids, dtype=pl.Int64) for name, ids in numbers.items()})


def _without_gaps(ids: np.ndarray) -> np.ndarray:
    present = np.bincount(ids) > 0
    return (np.cumsum(present) - 1)[ids]


def _dataset(source: RawSource, log: IntegerLog, split_log: pl.DataFrame, staged: Staged) -> Dataset:
    users = log.users.gather(split_log["user"].unique().sort())
    items = log.items.gather(split_log["item"].unique().sort())
    shape = (len(users), len(items))
    train, val, test = (_matrix(split_log.filter(pl.col("part") == part), shape) for part in range(len(NAMES)))
    return Dataset(
        source.name,
        train,
        val,
        test,
        users=staged.entities("users", users),
        items=staged.entities("items", items),
        user_embeddings=None,
        item_embeddings=None,
        description=source.description,
    )


def _matrix(log: pl.DataFrame, shape: tuple[int, int]) -> csr_array:
    coordinates = (log["new_user"].to_numpy(), log["new_item"].to_numpy())
    matrix = csr_array((np.ones(len(log), dtype=np.float32), coordinates), shape=shape)
    matrix.sum_duplicates()
    return matrix


def _sizes(log: pl.DataFrame) -> dict[str, int]:
    users, items = (log[kind].drop_nulls().n_unique() for kind in ("user", "item"))
    return {"users": users, "items": items, "interactions": len(log)}


def _checked(parts: np.ndarray, count: int, name: str) -> np.ndarray:
    """Check and return the parts that a split assigned.

    Raises:
        UserError: if there is not one of the three parts for each of ``count`` interactions.
    """
    if np.shape(parts) != (count,) or not np.isin(parts, range(len(NAMES))).all():
        raise UserError(f"{name}.assign must return {', '.join(map(str, range(len(NAMES))))} for each of {count} rows")
    return np.asarray(parts, dtype=np.int8)


def _options(part: Any) -> Record:
    """Return the options of a filter or split, for the manifest.

    Raises:
        UserError: if it is not a dataclass.
    """
    if not is_dataclass(part) or isinstance(part, type):
        raise UserError(f"{type(part).__name__} must be a dataclass, whose fields are stored with the dataset")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(part).items()}


def _found(staged: Staged, dataset: Dataset) -> Record:
    entities = {"users": (staged.users, dataset.users), "items": (staged.items, dataset.items)}
    tables = {kind: count_entities(path, table["external_id"]) for kind, (path, table) in entities.items()}
    return {"interactions": count_interactions(staged), **tables}


def _checksums(paths: Sequence[Path]) -> list[Record]:
    bar = progress_bar(paths, desc="checksums of the raw files", unit="file", leave=False)
    return [{"name": path.name, **StoredFile.of(path).model_dump()} for path in bar]
