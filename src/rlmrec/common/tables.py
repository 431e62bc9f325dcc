"""Reading and writing of tables in files.

Parquet files are read by their exact names, whereas polars by default treats ``[``, ``*`` and ``?`` as patterns.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

FORMULA = r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]"
"""Pattern for the beginning of a text that a spreadsheet treats as a formula."""

NUMBERS = r"^[-+]?[0-9][-+.0-9eE ]*$"


def scan_parquet(path: Path | Sequence[Path]) -> pl.LazyFrame:
    """Return a lazy frame of one Parquet file, or of several with their rows concatenated."""
    paths = [path] if isinstance(path, Path) else path
    return pl.scan_parquet([part.absolute() for part in paths], glob=False)  # polars expands a leading ~


def without_apostrophes(texts: pl.Series) -> pl.Series:
    """Return texts of a CSV file without the one apostrophe that ``csv_text`` puts before formulas."""
    return texts.str.slice(1).zip_with(texts.str.starts_with("'") & _is_formula(texts), texts)


def csv_text(table: pl.DataFrame) -> str:
    """Return a table as CSV, with an apostrophe before texts that a spreadsheet would run as formulas.

    Formulas that already begin with apostrophes get one more, so that different texts stay different.
    """
    text = pl.selectors.string()
    return table.with_columns(pl.when(_is_formula(text)).then("'" + text).otherwise(text).name.keep()).write_csv()


def _is_formula(text: Any) -> Any:
    """Return which texts of a series or expression are spreadsheet formulas, ignoring leading apostrophes."""
    bare = text.str.strip_chars_start("'")
    return bare.str.contains(FORMULA) & ~bare.str.contains(NUMBERS)
