"""Pickled arrays and texts from untrusted sources, without executing code."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from rlmrec.errors import MissingFilesError, UserError

_NUMPY = {("", "ndarray"), ("", "dtype"), ("multiarray", "_reconstruct"), ("multiarray", "scalar")}
_NUMPY |= {("numeric", "_frombuffer")}
_SPARSE = {f"{layout}_{kind}" for layout in ("coo", "csr", "csc") for kind in ("matrix", "array")}
ALLOWED = {
    *(
        ((f"numpy.{core}.{module}" if module else "numpy"), name)
        for core in ("core", "_core")
        for module, name in _NUMPY
    ),
    *((f"scipy.sparse.{prefix}{name[:3]}", name) for prefix in ("", "_") for name in _SPARSE),
    *(("scipy.sparse", name) for name in _SPARSE),
    ("_codecs", "encode"),  # how old protocols write bytes
    ("collections", "OrderedDict"),
}
"""Every class and function that a file may name."""


class _Unpickler(pickle.Unpickler):
    path: Path

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise UserError(
                f"{self.path} asks for {module}.{name}, which no array or text needs: refused, nothing was executed"
            )
        return super().find_class(module, name)


def load(path: Path) -> Any:
    """Read a pickle of arrays, sparse matrices, or containers of plain values.

    Raises:
        UserError: if the file is damaged, or names anything else than what those need.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing")
    with path.open("rb") as file:
        unpickler = _Unpickler(file)
        unpickler.path = path
        try:
            content = unpickler.load()
        except UserError:
            raise
        except Exception as error:  # a damaged file can make the unpickler raise anything
            raise UserError(f"{path} is no readable pickle: {error}") from None
    if isinstance(content, np.ndarray) and content.dtype.hasobject:
        raise UserError(f"{path} holds an array of Python objects: refused, arrays must be numeric")
    return content
