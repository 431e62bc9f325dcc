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
    """Return texts of a CSV file without the apostrophes that ``csv_text`` puts before formulas."""
    rest = texts.str.slice(1)
    return rest.zip_with(texts.str.starts_with("'") & _is_formula(rest), texts)


def csv_text(table: pl.DataFrame) -> str:
    """Return a table as CSV, with an apostrophe before texts that a spreadsheet would run as formulas."""
    text = pl.selectors.string()
    return table.with_columns(pl.when(_is_formula(text)).then("'" + text).otherwise(text).name.keep()).write_csv()


def _is_formula(text: Any) -> Any:
    """Return which texts, of a series or an expression, a spreadsheet takes for formulas."""
    return text.str.contains(FORMULA) & ~text.str.contains(NUMBERS)
