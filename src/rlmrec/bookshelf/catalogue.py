"""The hand-written catalogue of real books."""

from pathlib import Path

import polars as pl

FOLDER = Path(__file__).parent / "catalogue"
COLUMNS = {
    "title": pl.String,
    "author": pl.String,
    "year": pl.Int64,
    "language": pl.String,
    "genres": pl.String,
    "description": pl.String,
}


def load_catalogue() -> pl.DataFrame:
    """Return all books: title, author, year (negative for BC), language, genres (a list) and description."""
    parts = [pl.read_csv(path, schema=COLUMNS) for path in sorted(FOLDER.glob("*.csv"))]
    books = pl.concat(parts).unique("title", keep="first", maintain_order=True)
    return books.with_columns(pl.col("genres").str.split(";"))
