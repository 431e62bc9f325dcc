"""Common types and checks of the readers of vectors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from rlmrec.common.bounded.arrays import MAX_WIDTH
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import singular
from rlmrec.formats import Reading
from rlmrec.imports.tables import AUTO, find, number_text

Block = tuple[Sequence[str], np.ndarray]
"""Ids ``(n,)``, or an empty list if they are elsewhere, and vectors ``(n, T)``."""
BYTES_AT_ONCE = 2**23
VECTOR_NAMES = ("embedding", "embeddings", "vector", "vectors", "emb", "embs")
"""Usual names of a column or array of vectors, compared in the form of ``plain``."""


@dataclass(frozen=True)
class Asked:
    """A selection of vectors from a file.

    Args:
        kind: ``users`` or ``items``.
        id_names: accepted names of a column or array of ids.
        staging: empty folder for temporary files.
        id: column or array of the ids, or ``auto``; None if the ids are elsewhere.
        vector: column or array of the vectors, a pattern of one column per dimension, or ``auto``.
        format_name: format of a table.
        text: options for reading text.
    """

    kind: str
    id_names: Sequence[str]
    staging: Path
    id: str | None = AUTO
    vector: str = AUTO
    format_name: str = AUTO
    text: Reading = field(default_factory=lambda: Reading(header=None))

    def option(self, name: str) -> str:
        """Return the name of an option, such as ``user_columns.id``."""
        return f"{singular(self.kind)}_columns.{name}"


@dataclass(frozen=True)
class VectorFile:
    """A file of vectors of known width, read in blocks.

    Args:
        path: path of the file.
        width: width of the vectors.
        has_ids: whether the blocks include ids.
        blocks: function that yields all rows in order.
    """

    path: Path
    width: int
    has_ids: bool
    blocks: Callable[[], Iterator[Block]]


def choose_array(
    path: Path, shapes: Mapping[str, Sequence[int]], chosen: str, names: Sequence[str], option: str, dimensions: int
) -> str:
    """Return the name of the selected array; ``auto`` selects by name or as the only one of a dimensionality.

    Args:
        path: path of the file.
        shapes: shapes of the candidate arrays, by name.
        chosen: one of them, or ``auto``.
        names: usual names, in order of preference.
        option: option that selects, such as ``user_columns.id``.
        dimensions: number of dimensions: 2 for vectors, 1 for ids.

    Raises:
        UserError: if there is no such array; lists the available ones.
    """
    fitting = [name for name, shape in shapes.items() if len(shape) == dimensions]
    if chosen == AUTO and len(fitting) == 1:
        return fitting[0]
    if dimensions == 1 and not fitting and (chosen == AUTO or not shapes):
        raise UserError(f"{path} holds no ids: name a file of them with {option.partition('_')[0]}_ids=...")
    return find(path, list(shapes), chosen, names, option, "vectors" if dimensions == 2 else "ids")


def rows_at_once(bytes_a_row: int) -> int:
    """Return the number of rows in a block."""
    return max(1, BYTES_AT_ONCE // max(bytes_a_row, 1))


def require_table(path: Path, name: str, shape: Sequence[int], numbers: bool) -> None:
    """Check the declared type and shape of an array before its content is read.

    Args:
        path: path of the file.
        name: name of the array in the file; empty if it has none.
        shape: shape of the array.
        numbers: whether the array has a type of real numbers.

    Raises:
        UserError: if the array is not a table of numbers with one vector per row.
    """
    what = f"{path}, array {name}," if name else str(path)
    if not numbers:
        raise UserError(f"{what} does not hold real numbers: save the vectors as float32")
    if len(shape) != 2 or not prod(shape):
        raise UserError(f"{what} has the shape {tuple(shape)}; it must be a table, a row a vector")
    if shape[1] > MAX_WIDTH:
        raise UserError(f"{what} is {shape[1]:,} numbers wide, more than the {MAX_WIDTH:,} that are read")


def ids_of_array(path: Path, ids: np.ndarray) -> list[str]:
    """Return the ids in an array as text; whole numbers are written without ``.0``.

    Args:
        path: path of the file, for messages.
        ids: array ``(n,)`` of text, bytes or numbers.

    Raises:
        UserError: if the array has another type.
    """
    if ids.dtype.kind == "S":
        try:
            return [value.decode("utf-8").strip() for value in ids.tolist()]
        except UnicodeDecodeError:
            raise UserError(f"{path}: the ids are bytes that are no text in UTF-8") from None
    if ids.dtype.kind == "f":
        return [number_text(value) for value in ids.tolist()]
    if ids.dtype.kind in "Uiu":
        return [str(value).strip() for value in ids.tolist()]
    raise UserError(f"{path}: ids must be text or whole numbers, not {ids.dtype}")
