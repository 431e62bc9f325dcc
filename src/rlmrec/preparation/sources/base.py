"""The interfaces of sources of data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from rlmrec.data.dataset import Dataset

INTERACTIONS = pl.Schema(
    {
        "user": pl.String,  # null if missing in the raw data
        "item": pl.String,
        "rating": pl.Float32,
        "timestamp": pl.Int64,  # microseconds since 1970
        "review": pl.String,  # empty if there is none
        "weight": pl.Float32,  # such as a play count, null if there is none
        "part": pl.Int8,  # 0, 1, 2: training, validation, test in the source's own split; null if it has none
        "mistake": pl.String,  # description of a value that could not be read, null if there is none
        "unreadable_rating": pl.Boolean,
        "unreadable_timestamp": pl.Boolean,
        "unreadable_weight": pl.Boolean,
    }
)
ENTITIES = pl.Schema({"external_id": pl.String, "title": pl.String, "metadata": pl.String, "profile": pl.String})


@dataclass(frozen=True)
class RawTable:
    """A raw table as a source reads it.

    Args:
        paths: paths of the raw files, whose records are concatenated.
        rows: records in the order of the files, with the columns of ``INTERACTIONS`` or ``ENTITIES``.
        files: records of each file, to determine which of several files a row is from.
    """

    paths: Sequence[Path]
    rows: pl.LazyFrame
    files: Sequence[pl.LazyFrame] = ()

    @property
    def name(self) -> str:
        """Return the name of the files in messages."""
        first, *others = map(str, self.paths)
        return f"{first} and {len(others)} more" if others else first

    def record(self, row: int) -> str:
        """Return the origin of a row: the file and the number of the record in it, from 1."""
        counts = [file.select(pl.len()).collect(engine="streaming").item() for file in self.files]
        starts = [0, *accumulate(counts)]
        number = max((n for n in range(len(self.files)) if starts[n] <= row), default=0)
        return f"{self.paths[number]} record {row - starts[number] + 1}"


@dataclass(frozen=True)
class RawTables:
    """The tables of a source.

    Args:
        interactions: interactions of users with items.
        users: texts of users, if there are any.
        items: texts of items, if there are any.
        options: record of how the tables were read, for the manifest.
        notes: lines that inform a user how columns were interpreted.
        refuses_mistakes: whether an unreadable rating, time or weight is an error; otherwise it counts as unknown.
    """

    interactions: RawTable
    users: RawTable | None
    items: RawTable | None
    options: dict[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    refuses_mistakes: bool = True

    @property
    def paths(self) -> list[Path]:
        """Return the paths of all raw files."""
        tables = (self.interactions, self.users, self.items)
        return [path for table in tables if table is not None for path in table.paths]


class RawSource(Protocol):
    """A source of raw interactions, to be filtered and split."""

    @property
    def name(self) -> str:
        """Return the name of the dataset."""

    @property
    def description(self) -> str:
        """Return one sentence on the origin of the data, which is printed with every result."""

    def tables(self, staging: Path) -> RawTables:
        """Return the raw tables.

        Args:
            staging: empty folder for temporary files while the tables are read.

        Raises:
            UserError: if a file, column or line is missing or damaged; names it.
        """


class ReadySource(Protocol):
    """A source of a dataset that is already filtered and split."""

    def files(self) -> list[Path]:
        """Return the paths of the files that the dataset is read from."""

    def load(self) -> Dataset:
        """Return the dataset.

        Raises:
            UserError: if a file is missing or damaged; names it.
        """
