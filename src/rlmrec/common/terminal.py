"""Tables, warnings and progress bars in the terminal."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from tqdm import tqdm

from rlmrec.common.errors import printable

progress_bar = partial(tqdm, disable=None)
"""A tqdm progress bar that is only drawn on terminals and writes nothing to files and pipes."""


def print_table(title: str | None, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Print a table with its first column aligned to the left and all others to the right.

    Args:
        title: title above the table; None to omit it.
        header: names of the columns.
        rows: cells in the order of the columns; integers get thousands separators, and markup is escaped.
    """
    table = Table(title=None if title is None else Text(printable(title)), title_justify="left")
    for number, column in enumerate(header):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape(printable(str(cell))) for cell in row))
    Console().print(table)


def print_warnings(warnings: Sequence[str]) -> None:
    """Print warnings in one yellow block under a line with their number; print nothing if there are none."""
    if warnings:
        block = "\n  ".join([f"{counted(len(warnings), 'warning')}:", *warnings])
        Console(soft_wrap=True).print(Text(block), style="yellow")


def counted(number: int, thing: str) -> str:
    """Return a number with its noun, such as ``1 warning`` or ``2 warnings``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
