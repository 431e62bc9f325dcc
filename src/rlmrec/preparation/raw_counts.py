"""Counts of raw tables: records, known and unreadable values, ranges, and joined ids."""

from pathlib import Path
from typing import Any

import polars as pl

from rlmrec.common.tables import scan_parquet
from rlmrec.preparation.moments import moment
from rlmrec.preparation.staging import Staged

NUMBERS = ("rating", "timestamp", "weight")


def count_interactions(staged: Staged) -> dict[str, Any]:
    """Return counts of the interaction file, for the manifest and for display.

    Returns:
        ``records``; ``known`` and ``unreadable`` values by column; ``rating`` and ``weight``: lowest and highest;
        ``timestamp``: first and last time in UTC; None for a column without values.
    """
    facts: dict[str, pl.Expr] = {"records": pl.len()}
    facts |= {f"known_{name}": pl.col(name).is_not_null().sum() for name in ("user", "item", *NUMBERS)}
    facts["known_review"] = (pl.col("review") != "").sum()
    facts |= {f"unreadable_{name}": pl.col(f"unreadable_{name}").sum() for name in NUMBERS}
    facts |= {f"lowest_{name}": pl.col(name).min() for name in NUMBERS}
    facts |= {f"highest_{name}": pl.col(name).max() for name in NUMBERS}
    found = scan_parquet(staged.interactions).select(**facts).collect(engine="streaming").row(0, named=True)
    return {
        "records": found["records"],
        "known": {name: found[f"known_{name}"] for name in ("user", "item", *NUMBERS, "review")},
        "unreadable": {name: found[f"unreadable_{name}"] for name in NUMBERS},
        **{name: _span(found[f"lowest_{name}"], found[f"highest_{name}"]) for name in ("rating", "weight")},
        "timestamp": _span(*(_moment(found[f"{end}_timestamp"]) for end in ("lowest", "highest"))),
    }


def count_entities(path: Path | None, external_ids: pl.Series) -> dict[str, Any] | None:
    """Return counts of a user or item file, for the manifest and for display.

    Args:
        path: path of the staged table, or None.
        external_ids: external ids of the dataset's users or items.

    Returns:
        ``records``; ``repeated``: further records of the same id; ``wanted``: users or items of the dataset;
        ``joined``: those with a record; ``unused``: ids that are not in the dataset; ``example_absent`` and
        ``example_unused``: an id without a record and an unused id, null if there is none. None without a file.
    """
    if path is None:
        return None
    rows = scan_parquet(path)
    known = rows.select("external_id").collect(engine="streaming")["external_id"].drop_nulls()
    distinct = known.unique()
    wanted, present = external_ids.to_frame("id"), distinct.to_frame("id")
    absent = wanted.join(present, on="id", how="anti")["id"]
    unused = present.join(wanted, on="id", how="anti")["id"]
    return {
        "records": rows.select(pl.len()).collect().item(),
        "repeated": len(known) - len(distinct),
        "wanted": len(external_ids),
        "joined": len(wanted) - len(absent),
        "unused": len(unused),
        "example_absent": absent.min(),
        "example_unused": unused.min(),
    }


def _span(lowest: object, highest: object) -> list[object] | None:
    return None if lowest is None else [lowest, highest]


def _moment(microseconds: int | None) -> str | None:
    return None if microseconds is None else moment(microseconds)
