"""Reading pickled arrays and texts from untrusted sources without executing code."""

import pickle
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from rlmrec.common.bounded.arrays import check_ids, check_shape
from rlmrec.common.bounded.pickle_check import check_pickle
from rlmrec.common.errors import MissingFilesError, UserError, one_line

_DISPATCH: Any = pickle._Unpickler.dispatch
_SPARSE = {f"{layout}_{kind}" for layout in ("coo", "csr", "csc") for kind in ("matrix", "array")}
_NUMPY = {("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer")}
ALLOWED = {
    *((f"numpy.{core}.{module}", name) for core in ("core", "_core") for module, name in _NUMPY),
    *((f"scipy.sparse{module}", name) for name in _SPARSE for module in ("", f".{name[:3]}", f"._{name[:3]}")),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),  # used by old protocols for bytes
    ("collections", "OrderedDict"),
}
"""Classes and functions that a file may refer to."""


class _Parts:
    """A placeholder for a sparse matrix during unpickling: scipy must not see ids before they are checked."""


def _matrix(stand_in: _Parts) -> Any:
    """Return the matrix, built by its constructor from checked parts."""
    layout, parts = getattr(sparse, type(stand_in).__name__), vars(stand_in)
    check_shape(parts["_shape"], len(parts["data"]))
    if "indptr" in parts:
        matrix = layout((parts["data"], parts["indices"], parts["indptr"]), shape=parts["_shape"])
        check_ids(matrix)
        return matrix
    coords = parts["coords"] if "coords" in parts else (parts["row"], parts["col"])
    return layout((parts["data"], tuple(coords)), shape=parts["_shape"])


class _Unpickler(pickle._Unpickler):
    """An unpickler that allows only the steps that build arrays, sparse matrices and plain containers.

    An allowlist of names is not enough: a file could set attributes of an allowed class, or forge a dtype that takes
    bytes for object addresses. The pure-Python unpickler lets each step be checked before it is executed.
    """

    dispatch: ClassVar[Any] = dict(_DISPATCH)
    stack: list[Any]
    path: Path

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise self._refusal(f"asks for {module}.{name}")
        # A new class for each file, so that no state persists between files.
        return type(name, (_Parts,), {}) if name in _SPARSE else super().find_class(module, name)

    def _refusal(self, what: str) -> UserError:
        return UserError(f"{self.path} {what}, which no numeric array or text needs: refused, nothing was executed")

    def _reduce(self) -> None:
        function, arguments = self.stack[-2:]
        name = function.__name__
        if name == "dtype":
            # numpy always writes a copy, whose byte order the next step sets.
            kind = arguments[0] if isinstance(arguments[0], str) else "of unusual parts"
            usual = arguments[1:] == (False, True) and isinstance(arguments[0], str) and np.dtype(kind).kind in "biuf"
            name = f"dtype {kind}"
        elif name == "_reconstruct":
            usual = arguments[0] is np.ndarray and arguments[1:] == ((0,), b"b")
        elif name == "encode":
            usual = arguments[1:] == ("latin1",)
        elif name == "_frombuffer":  # builds an array on its own memory
            usual = isinstance(arguments[0], bytes | bytearray)
        else:
            usual = name == "scalar" or (function is OrderedDict and arguments == ())
        if not usual:
            raise self._refusal(f"makes a {name}")
        _DISPATCH[pickle.REDUCE[0]](self)

    def _new(self) -> None:
        cls, arguments = self.stack[-2:]
        if not issubclass(cls, _Parts) or arguments != ():
            raise self._refusal(f"makes a {cls.__name__} in an unusual way")
        _DISPATCH[pickle.NEWOBJ[0]](self)

    def _build(self) -> None:
        target, state = self.stack[-2:]
        if isinstance(target, np.dtype):  # byte order only: no fields, sizes or flags
            usual = state[2:] == (None, None, None, -1, -1, 0)
        else:  # numpy itself checks the bytes against shape and dtype
            usual = isinstance(target, np.ndarray) or (isinstance(target, _Parts) and isinstance(state, dict))
        if not usual:
            raise self._refusal(f"sets the state of {getattr(target, '__name__', type(target).__name__)}")
        _DISPATCH[pickle.BUILD[0]](self)

    def _never(self) -> None:
        raise self._refusal("makes an object in an unusual way")

    dispatch |= {pickle.REDUCE[0]: _reduce, pickle.NEWOBJ[0]: _new, pickle.BUILD[0]: _build}
    dispatch |= dict.fromkeys([pickle.NEWOBJ_EX[0], pickle.INST[0], pickle.OBJ[0]], _never)


def load(path: Path) -> Any:
    """Load a pickle of a numeric array, a sparse matrix, or containers of plain values.

    Raises:
        UserError: if the file is missing or damaged, or requires anything else.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing")
    try:
        content = path.read_bytes()
        check_pickle(content)
        unpickler = _Unpickler(BytesIO(content))
        unpickler.path = path
        loaded = unpickler.load()
        return _matrix(loaded) if isinstance(loaded, _Parts) else loaded
    except UserError:
        raise
    except Exception as error:  # a damaged file may raise any exception in the unpickler or scipy
        raise UserError(f"{path} cannot be read: {one_line(error)}") from None
