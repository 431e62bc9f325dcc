"""The interface of a source of raw data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from rlmrec.data.dataset import Dataset

INTERACTIONS = pl.Schema(
    {
        "user": pl.String,  # null where the raw data have none
        "item": pl.String,
        "rating": pl.Float32,
        "timestamp": pl.Int64,  # microseconds since 1970
        "review": pl.String,  # empty where there is none
        "weight": pl.Float32,  # such as a count of plays, null where there is none
        "part": pl.Int8,  # 0, 1, 2: the source says that it is for training, validation, test; null where it does not
        "mistake": pl.String,  # the values that could not be read, null if there are none
        "unreadable_rating": pl.Boolean,
        "unreadable_timestamp": pl.Boolean,
        "unreadable_weight": pl.Boolean,
    }
)
ENTITIES = pl.Schema({"external_id": pl.String, "title": pl.String, "metadata": pl.String, "profile": pl.String})


@dataclass(frozen=True)
class RawTable:
    """A table as a source sees it.

    Args:
        paths: of the raw files, whose records follow one another.
        rows: its records in the files' order, with the columns of ``INTERACTIONS`` or ``ENTITIES``.
        files: the records of each file, to tell which of several a row is from.
    """

    paths: Sequence[Path]
    rows: pl.LazyFrame
    files: Sequence[pl.LazyFrame] = ()

    @property
    def name(self) -> str:
        """Return the files as messages name them."""
        first, *others = map(str, self.paths)
        return f"{first} and {len(others)} more" if others else first

    def record(self, row: int) -> str:
        """Return where a row was read: the file, and the record's number in it, from 1."""
        counts = [file.select(pl.len()).collect(engine="streaming").item() for file in self.files]
        starts = [0, *accumulate(counts)]
        number = max((n for n in range(len(self.files)) if starts[n] <= row), default=0)
        return f"{self.paths[number]} record {row - starts[number] + 1}"


@dataclass(frozen=True)
class RawTables:
    """The tables of a source.

    Args:
        interactions: who met what.
        users: texts of users, if there are any.
        items: texts of items, in the same form.
        options: how they were read, for the manifest.
        notes: lines that tell a user what was taken for what.
        refuses_mistakes: whether a rating or time that cannot be read is a reason to stop; else it counts as unknown.
    """

    interactions: RawTable
    users: RawTable | None
    items: RawTable | None
    options: dict[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    refuses_mistakes: bool = True

    @property
    def paths(self) -> list[Path]:
        """Return all raw files."""
        tables = (self.interactions, self.users, self.items)
        return [path for table in tables if table is not None for path in table.paths]


class RawSource(Protocol):
    """Raw interactions, to be filtered and split."""

    @property
    def name(self) -> str:
        """Return the name of the dataset."""

    @property
    def description(self) -> str:
        """Return one sentence on where the data come from, printed with every result."""

    def tables(self, staging: Path) -> RawTables:
        """Return the raw tables.

        Args:
            staging: an empty folder for what has to be kept on disk while they are read.

        Raises:
            UserError: names the file, column or line that is missing or damaged.
        """


class ReadySource(Protocol):
    """A dataset that is already filtered and split."""

    def files(self) -> list[Path]:
        """Return the files it is read from."""

    def load(self) -> Dataset:
        """Return the dataset.

        Raises:
            UserError: names the file that is missing or damaged.
        """
