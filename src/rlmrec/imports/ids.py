"""Ids of vectors from a separate file or from the order of the rows."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.formats.lines import decoded_lines
from rlmrec.imports.tables import AUTO, Table, ids_of, named_options
from rlmrec.imports.vectors import Block, VectorFile
from rlmrec.imports.vectors.base import ids_of_array
from rlmrec.imports.vectors.npy import mapped

ROWS_AT_ONCE = 2**14


def read_ids(table: Table, column: str, staging: Path) -> Iterator[str]:
    """Yield the ids in a file: lines of ``.txt``, an array in ``.npy``, or a column of a table in any format.

    Args:
        table: the file, read as a table unless it is ``.txt`` or ``.npy``.
        column: column of ids in a table, or ``auto``.
        staging: empty folder for temporary files.

    Raises:
        UserError: if the file cannot be read.
    """
    path = table.path
    if path.suffix == ".txt":
        with named_options(table.kind):
            yield from (line.strip() for _, line in decoded_lines(path, table.text.encoding) if line.strip())
    elif path.suffix == ".npy":
        array = mapped(path)
        if array.ndim != 1:
            raise UserError(f"{path} has the shape {array.shape}; ids are a list")
        for rows in chunks(len(array), ROWS_AT_ONCE):
            yield from ids_of_array(path, np.asarray(array[rows]))
    else:
        names = table.columns()
        own = names[0] if column == AUTO and len(names) == 1 else table.id_column(column)
        for block in table.blocks(table.scan([own], staging)):
            yield from ids_of(block[own])


def with_ids(file: VectorFile, ids: Iterable[str], source: str) -> Iterator[Block]:
    """Yield blocks of vectors with ids from elsewhere.

    Args:
        file: file of the vectors.
        ids: ids of the vectors, in the same order.
        source: source of the ids, for messages.

    Raises:
        UserError: if the numbers of ids and vectors differ.
    """
    remaining, taken, rows = iter(ids), 0, 0
    for _, vectors in file.blocks():
        names = list(islice(remaining, len(vectors)))
        taken, rows = taken + len(names), rows + len(vectors)
        if len(names) == len(vectors):
            yield names, vectors
    taken += sum(1 for _ in remaining)
    if taken != rows:
        raise UserError(f"{source} {taken:,} ids for the {rows:,} vectors in {file.path}")
