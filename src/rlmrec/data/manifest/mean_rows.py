"""Rows of embeddings that hold the mean, because nothing is known about the user or item."""

from collections.abc import Mapping
from typing import Any


def mean_row(embeddings_info: Mapping[str, Any], kind: str) -> int | None:
    """Return a row that holds the mean of the others; None if every row has an embedding of its own.

    Args:
        embeddings_info: record of how the embeddings were made; it may come from an untrusted source.
        kind: ``users`` or ``items``.
    """
    row = _part(embeddings_info.get("mean_rows"), kind)
    if row is None:  # earlier releases recorded it beside the origin of imported embeddings
        row = _part(_part(embeddings_info.get("imported"), kind), "mean_row")
    return row if isinstance(row, int) else None


def _part(record: Any, name: str) -> Any:
    return record.get(name) if isinstance(record, dict) else None
