"""Small raw files of every format with the same content."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rlmrec.preparation.sources import TableSource

Rows = Sequence[Mapping[str, Any]]

REVIEWS: Rows = [
    {"user": "u1", "item": "i1", "rating": 5, "timestamp": 100, "review": 'good, really "good"'},
    {"user": "u1", "item": "i2", "rating": 2.5, "timestamp": 101, "review": ""},
    {"user": "ü2", "item": "i1", "rating": 4, "timestamp": 102, "review": "naïve é"},
    {"user": "ü2", "item": "i2", "rating": None, "timestamp": None, "review": None},
]
ITEMS: Rows = [
    {"item": "i1", "title": "First", "author": "A. B.", "year": 1999},
    {"item": "i2", "title": None, "author": None, "year": 2001},
]


def write(path: Path, rows: Rows) -> Path:
    """Write rows in the format that the file's name says."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        pl.DataFrame(rows, infer_schema_length=None, strict=False).write_parquet(path)
        return path
    content = {
        ".csv": lambda: pl.DataFrame(rows, strict=False).write_csv(),
        ".tsv": lambda: pl.DataFrame(rows, strict=False).write_csv(separator="\t"),
        ".jsonl": lambda: "".join(json.dumps(row) + "\n" for row in rows),
        ".python": lambda: "".join(repr(dict(row)) + "\n" for row in rows),
    }[Path(name).suffix]().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def source(root: Path, interactions: str, **options: Any) -> TableSource:
    """A table source over files in ``root`` whose columns have the names above."""
    defaults: dict[str, Any] = {
        "name": "small",
        "description": "made up for tests",
        "users": None,
        "items": None,
        "formats": {"interactions": "auto", "users": "auto", "items": "auto"},
        "columns": {name: name for name in ("user", "item", "rating", "timestamp", "review")},
        "user_columns": {"id": "user", "title": None, "metadata": []},
        "item_columns": {"id": "item", "title": "title", "metadata": ["author", "year"]},
    }
    return TableSource(root=str(root), interactions=interactions, **(defaults | options))


def many(num_users: int = 30, num_items: int = 25, seed: int = 0) -> list[dict[str, Any]]:
    """Dense enough reviews for a core of 2, some of them repeated, and some without user."""
    import numpy as np

    random = np.random.default_rng(seed)
    rows = [
        {
            "user": f"u{random.integers(num_users)}",
            "item": f"i{random.integers(num_items)}",
            "rating": int(random.integers(1, 6)),
            "timestamp": int(random.integers(1000, 1200)),
            "review": f"review number {number}",
        }
        for number in range(num_users * 14)
    ]
    rows[3]["user"] = None
    return rows
