"""Reader of ``.npz`` archives written by ``numpy.savez``: an array of vectors and usually one of ids."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

from rlmrec.common.bounded.arrays import ArrayHeader, read_header
from rlmrec.common.errors import UserError, one_line
from rlmrec.imports.vectors.base import (
    VECTOR_NAMES,
    Asked,
    Block,
    VectorFile,
    choose_array,
    ids_of_array,
    require_table,
    rows_at_once,
)
from rlmrec.imports.vectors.npy import NUMBERS

LONGEST_ID = 2**12
"""Limit on the bytes of an id; every id occupies the length of the longest."""


def read(path: Path, asked: Asked) -> VectorFile:
    """Open an archive of vectors, with ids if requested; arrays are decompressed in blocks.

    Raises:
        UserError: if the archive is damaged, or its arrays are invalid.
    """
    with _damage_told(path), zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if name.endswith(".npy")]  # other members are not arrays
        headers = {name.removesuffix(".npy"): read_header(archive, archive.getinfo(name)) for name in members}
    shapes = {name: header.shape for name, header in headers.items()}
    vectors = choose_array(path, shapes, asked.vector, VECTOR_NAMES, asked.option("vector"), dimensions=2)
    table = headers[vectors]
    require_table(path, vectors, table.shape, table.dtype.kind in NUMBERS)
    if table.in_columns:
        raise UserError(f"{path}, array {vectors}, is stored by columns: save numpy.ascontiguousarray of it")
    ids = None
    if asked.id is not None:
        ids = choose_array(path, shapes, asked.id, asked.id_names, asked.option("id"), dimensions=1)
        _check_ids(path, ids, headers[ids], table)
    rows = rows_at_once(max(table.shape[1] * table.dtype.itemsize, headers[ids].dtype.itemsize if ids else 0))

    def blocks() -> Iterator[Block]:
        with _damage_told(path), zipfile.ZipFile(path) as archive:
            names = _parts(archive, ids, headers[ids], rows) if ids else None
            for part in _parts(archive, vectors, table, rows):
                yield [] if names is None else ids_of_array(path, next(names)), part

    return VectorFile(path, table.shape[1], ids is not None, blocks)


def _check_ids(path: Path, name: str, ids: ArrayHeader, table: ArrayHeader) -> None:
    if ids.dtype.hasobject:
        raise UserError(
            f"{path}, array {name}, holds Python objects, which are not loaded since they can run code: save the ids "
            "as numpy.array(ids, dtype=str)"
        )
    if ids.shape != table.shape[:1]:
        raise UserError(f"{path} has ids of the shape {ids.shape} for vectors of the shape {table.shape}")
    if ids.dtype.itemsize > LONGEST_ID:
        raise UserError(f"{path}, array {name}, has ids of {ids.dtype.itemsize:,} bytes: are they ids?")


def _parts(archive: zipfile.ZipFile, name: str, header: ArrayHeader, rows: int) -> Iterator[np.ndarray]:
    """Yield an array in blocks of rows."""
    size = header.dtype.itemsize * prod(header.shape[1:])
    with archive.open(f"{name}.npy") as file:
        file.read(header.offset)
        for start in range(0, header.shape[0], rows):
            count = min(rows, header.shape[0] - start)
            data = file.read(count * size)
            yield np.frombuffer(data, header.dtype).reshape(count, *header.shape[1:])


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # zipfile and numpy may raise any exception on a damaged archive
        raise UserError(
            f"{path} is no archive that numpy.savez wrote, or it is damaged: {one_line(error)[:160]}"
        ) from None
