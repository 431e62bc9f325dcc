"""The built-in dataset as raw data: real books and simulated readers."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import PositiveFloat, PositiveInt

from rlmrec.bookshelf.catalogue import load_catalogue
from rlmrec.bookshelf.readers import Books, simulate
from rlmrec.common.option_types import Seed
from rlmrec.preparation.sources import RawTables, TableSource


@dataclass(frozen=True)
class BookshelfSource:
    """A source for ``prepare_data``, whose raw data are determined by the options.

    Args:
        num_readers: number of simulated readers.
        mean_books: mean number of books per reader.
        seed: seed of the simulation, independent of the seeds of splits and runs.
    """

    num_readers: PositiveInt = 2400
    mean_books: PositiveFloat = 18.0
    seed: Seed = 0
    name: str = "bookshelf"
    description: str = "simulated readers of real books: the catalogue is real, who read what is not"

    def tables(self, staging: Path) -> RawTables:
        """Return the catalogue, and the reader, book and day of every choice."""
        catalogue = load_catalogue()
        random = np.random.default_rng(self.seed)
        choices = simulate(Books.from_catalogue(catalogue, random), self.num_readers, self.mean_books, random)
        titles = catalogue["title"].gather(choices["book"])
        readers = pl.format("reader {}", "reader")
        choices.select(readers.alias("reader"), titles.alias("title"), "timestamp").write_parquet(
            staging / "choices.parquet"
        )
        books = catalogue.with_columns(pl.col("genres").list.join(", "))
        books.write_parquet(staging / "books.parquet")
        tables = TableSource(
            self.name,
            self.description,
            root=str(staging),
            interactions="choices.parquet",
            users=None,
            items="books.parquet",
            formats=dict.fromkeys(("interactions", "users", "items"), "parquet"),
            columns={"user": "reader", "item": "title", "rating": None, "timestamp": "timestamp", "review": None},
            user_columns={"id": "reader", "title": None, "metadata": []},
            item_columns={
                "id": "title",
                "title": "title",
                "metadata": ["author", "year", "language", "genres", "description"],
            },
        ).tables(staging)
        return replace(tables, notes=())
