"""Lines that inform a user how the columns of raw files were interpreted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlmrec.preparation.sources.times import TimeFormat

NO_TEXTS = ". It holds interactions, so that only columns that are named by an option are taken for texts"


def taken(paths: Sequence[Path], found: Sequence[str], columns: Mapping[str, Any], times: TimeFormat | None) -> str:
    """Return one line on the interpretation of the columns.

    Args:
        paths: paths of the files.
        found: columns of the files.
        columns: selected columns by field.
        times: format of the times, if there are any.
    """
    chosen = {field: column for field, column in columns.items() if column}
    shown = {field: ", ".join(column) if isinstance(column, list) else column for field, column in chosen.items()}
    parts = [f"{field} = {column}" for field, column in shown.items()]
    if times:
        parts = [f"{part} ({times.name})" if part.startswith("timestamp") else part for part in parts]
    used = {name for column in chosen.values() for name in (column if isinstance(column, list) else [column])}
    unused = [name for name in found if name not in used]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0].name}{more}: {'; '.join(parts)}" + (f". Not used: {', '.join(unused)}" if unused else "")
