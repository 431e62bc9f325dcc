"""Pickled arrays and texts from untrusted sources, without executing code."""

import pickle
from _codecs import encode
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from rlmrec.errors import MissingFilesError, UserError

_NUMPY = {("", "ndarray"), ("", "dtype"), ("multiarray", "_reconstruct"), ("multiarray", "scalar")}
_NUMPY |= {("numeric", "_frombuffer")}
_SPARSE = {f"{layout}_{kind}" for layout in ("coo", "csr", "csc") for kind in ("matrix", "array")}
_SPARSE_CLASSES = tuple(getattr(sparse, name) for name in sorted(_SPARSE))
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


class _Unpickler(pickle._Unpickler):
    """Follows only the steps that arrays, sparse matrices and plain containers are made with.

    Names alone are not enough: a file could set attributes of an allowed class, forge a number type that reads memory
    addresses as objects, or have scipy convert a matrix whose ids are out of range. The unpickler written in Python
    lets each step be checked before it is taken.
    """

    dispatch = dict(pickle._Unpickler.dispatch)
    path: Path

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise self._refusal(f"asks for {module}.{name}")
        return super().find_class(module, name)

    def _refusal(self, what: str) -> UserError:
        return UserError(f"{self.path} {what}, which no array or text needs: refused, nothing was executed")

    def _reduce(self) -> None:
        function, arguments = self.stack[-2:]
        if not _may_call(function, arguments):
            raise self._refusal(f"calls {getattr(function, '__name__', function)} in an unusual way")
        pickle._Unpickler.load_reduce(self)

    def _new(self) -> None:
        cls, arguments = self.stack[-2:]
        if not any(cls is known for known in _SPARSE_CLASSES) or arguments != ():
            raise self._refusal(f"makes {getattr(cls, '__name__', cls)} in an unusual way")
        pickle._Unpickler.load_newobj(self)

    def _build(self) -> None:
        target, state = self.stack[-2:]
        if not _may_set(target, state):
            raise self._refusal(f"sets the state of {getattr(target, '__name__', type(target).__name__)}")
        pickle._Unpickler.load_build(self)

    def _never(self) -> None:
        raise self._refusal("makes an object in an unusual way")

    dispatch |= {pickle.REDUCE[0]: _reduce, pickle.NEWOBJ[0]: _new, pickle.BUILD[0]: _build}
    dispatch |= dict.fromkeys((code[0] for code in (pickle.NEWOBJ_EX, pickle.INST, pickle.OBJ)), _never)


def _may_call(function: Any, arguments: Any) -> bool:
    """Whether numpy or a container would be pickled by such a call."""
    if function is np.dtype:
        return np.dtype(*arguments).kind in "biufO"  # objects are refused once their state is set
    if function is encode:
        return arguments[1:] == ("latin1",)
    if function is OrderedDict:
        return arguments == ()
    if function.__name__ == "_reconstruct":
        return arguments[0] is np.ndarray and arguments[1:] == ((0,), b"b")
    return function.__name__ in ("scalar", "_frombuffer")


def _may_set(target: Any, state: Any) -> bool:
    """Whether an array, a number type or a sparse matrix would be pickled with such a state."""
    if isinstance(target, np.dtype):  # kind and byte order only: no fields, sizes or flags
        return target.kind in "biuf" and state[2:] == (None, None, None, -1, -1, 0)
    if isinstance(target, np.ndarray):
        return True  # numpy compares the bytes with shape and type
    return isinstance(target, _SPARSE_CLASSES) and isinstance(state, dict)


def load(path: Path) -> Any:
    """Read a pickle of numeric arrays, sparse matrices, or containers of plain values.

    Raises:
        UserError: if the file is damaged, or asks for anything else than what those need.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing")
    with path.open("rb") as file:
        unpickler = _Unpickler(file)
        unpickler.path = path
        try:
            return unpickler.load()
        except UserError:
            raise
        except Exception as error:  # a damaged file can make the unpickler raise anything
            raise UserError(f"{path} is no readable pickle: {error}") from None
