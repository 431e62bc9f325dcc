"""Tables in files.

Parquet files are read by their exact names: polars by itself takes ``[``, ``*`` and ``?`` in a name for patterns.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

FORMULA = r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""The beginning of what a spreadsheet takes for a formula."""

NUMBERS = r"^[-+]?[0-9][-+.0-9eE ]*$"


def scan_parquet(path: Path | Sequence[Path]) -> pl.LazyFrame:
    """Return a file, or several whose rows follow one another, not yet read."""
    paths = [path] if isinstance(path, Path) else path
    return pl.scan_parquet([part.absolute() for part in paths], glob=False)  # polars expands a ~ at the beginning


def without_apostrophes(texts: pl.Series) -> pl.Series:
    """Return texts of a CSV file without the apostrophe, one each, that ``csv_text`` puts before formulas."""
    return texts.str.slice(1).zip_with(texts.str.starts_with("'") & _is_formula(texts), texts)


def csv_text(table: pl.DataFrame) -> str:
    """Return a table as CSV, with an apostrophe before texts that a spreadsheet would run as formulas.

    One more stands before formulas that have apostrophes already, so that no two texts become one.
    """
    text = pl.selectors.string()
    return table.with_columns(pl.when(_is_formula(text)).then("'" + text).otherwise(text).name.keep()).write_csv()


def _is_formula(text: Any) -> Any:
    """Return which texts, of a series or an expression, a spreadsheet takes for formulas; apostrophes do not count."""
    bare = text.str.strip_chars_start("'")
    return bare.str.contains(FORMULA) & ~bare.str.contains(NUMBERS)
