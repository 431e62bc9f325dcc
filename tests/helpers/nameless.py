"""Runs whose users and items lack external ids, or share them."""

from dataclasses import replace

import polars as pl

from rlmrec.api import TrainedRun


def renamed(run: TrainedRun, users: dict[int, str] | None = None, items: dict[int, str] | None = None) -> TrainedRun:
    """Return the run on the same dataset with other external ids, by number; the empty one is none."""
    changed = {}
    for kind, ids in (("users", users or {}), ("items", items or {})):
        table = getattr(run.dataset, kind)
        names = [ids.get(row, name) for row, name in enumerate(table["external_id"])]
        changed[kind] = table.with_columns(external_id=pl.Series(names, dtype=pl.String))
    return TrainedRun(run.folder, run.options, run.results, replace(run.dataset, **changed))
