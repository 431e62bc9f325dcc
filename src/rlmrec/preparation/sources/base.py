"""What a source of raw data must offer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from rlmrec.data.dataset import Dataset
from rlmrec.preparation.formats import Format

INTERACTIONS = pl.Schema(
    {
        "user": pl.String,  # null where the raw data have none
        "item": pl.String,
        "rating": pl.Float32,
        "timestamp": pl.Int64,  # seconds since 1970
        "review": pl.String,  # empty where there is none
        "mistake": pl.String,  # what is wrong with the record, null if nothing is
    }
)
ENTITIES = pl.Schema({"external_id": pl.String, "title": pl.String, "metadata": pl.String})


@dataclass(frozen=True)
class RawTable:
    """A table as a source sees it, not yet read.

    Args:
        path: of the raw file.
        format: what it is read with.
        rows: its records in the file's order, with the columns of ``INTERACTIONS`` or ``ENTITIES``.
    """

    path: Path
    format: Format
    rows: pl.LazyFrame


@dataclass(frozen=True)
class RawTables:
    """The tables of a source.

    Args:
        interactions: who met what.
        users: texts of users, if there are any.
        items: texts of items, likewise.
        options: how they were read, for the manifest.
        refuses_mistakes: whether a rating or time that cannot be read is a reason to stop; else it counts as unknown.
    """

    interactions: RawTable
    users: RawTable | None
    items: RawTable | None
    options: dict[str, Any] = field(default_factory=dict)
    refuses_mistakes: bool = True


class RawSource(Protocol):
    """Raw interactions, to be filtered and split."""

    @property
    def name(self) -> str:
        """Of the dataset."""

    @property
    def description(self) -> str:
        """One sentence on where the data come from, printed with every result."""

    def tables(self, staging: Path) -> RawTables:
        """The raw tables.

        Args:
            staging: an empty folder for what has to be kept on disk while they are read.

        Raises:
            UserError: names the file, column or line that is missing or damaged.
        """


class ReadySource(Protocol):
    """A dataset that is already filtered and split."""

    def files(self) -> list[Path]:
        """What it is read from."""

    def load(self) -> Dataset:
        """The dataset.

        Raises:
            UserError: names the file that is missing or damaged.
        """
