"""Pickles of arrays, matrices and texts load, whichever version wrote them; damaged ones are refused."""

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.published import safe_pickle

PROTOCOLS = [2, 3, 4, 5]
LAYOUTS = [f"{layout}_{kind}" for layout in ("coo", "csr", "csc") for kind in ("matrix", "array")]
DENSE = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 1]], np.float64)
CORES: dict[str, Callable[[str], str]] = {"numpy 1": lambda module: module.replace("_core", "core"), "numpy 2": str}
SPARSES: dict[str, Callable[[str], str]] = {
    "scipy 1.7": lambda module: module.replace("._c", ".c"),
    "scipy 1.8": str,
    "short": lambda _: "scipy.sparse",
}


PICKLE: Any = pickle


class Renaming(PICKLE._Pickler):
    """Writes names of modules as other versions of numpy and scipy do."""

    def __init__(self, file: io.BytesIO, protocol: int, rename: Callable[[str], str]) -> None:
        super().__init__(file, protocol)
        self.rename = rename

    def save_global(self, obj: Any, name: str | None = None) -> None:
        name = name or obj.__qualname__
        module = self.rename(PICKLE.whichmodule(obj, name))
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch = PICKLE._Pickler.dispatch | {FunctionType: save_global}


def load(content: bytes, folder: Path) -> Any:
    path = folder / "file.pkl"
    path.write_bytes(content)
    return safe_pickle.load(path)


def renamed(content: Any, protocol: int, rename: Callable[[str], str]) -> bytes:
    file = io.BytesIO()
    Renaming(file, protocol, rename).dump(content)
    return file.getvalue()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("scipy", SPARSES)
def test_sparse_matrices(layout: str, protocol: int, core: str, scipy: str, tmp_path: Path) -> None:
    matrix = getattr(sparse, layout)(DENSE)
    content = renamed(matrix, protocol, lambda module: (SPARSES[scipy] if "scipy" in module else CORES[core])(module))
    loaded = load(content, tmp_path)
    assert type(loaded) is type(matrix)
    assert loaded.dtype == np.float64
    assert np.array_equal(loaded.toarray(), DENSE)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "f2", "i4", "i8", "u1", "bool"])
@pytest.mark.parametrize(
    "arrange",
    [np.ascontiguousarray, np.asfortranarray, lambda array: array[::2, ::-1]],
    ids=["C", "Fortran", "strided"],
)
def test_arrays(protocol: int, core: str, dtype: str, arrange: Callable[..., Any], tmp_path: Path) -> None:
    array = arrange((np.arange(12).reshape(3, 4) % 7).astype(dtype))
    loaded = load(renamed(array, protocol, CORES[core]), tmp_path)
    assert isinstance(loaded, np.ndarray)
    assert loaded.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
    assert loaded.shape == array.shape
    assert np.array_equal(loaded, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("value", [np.float32(1.5), np.float64(-2), np.int64(3), np.uint8(255), np.bool_(True)])
def test_numpy_scalars(protocol: int, core: str, value: np.generic, tmp_path: Path) -> None:
    loaded = load(renamed([value], protocol, CORES[core]), tmp_path)
    assert type(loaded[0]) is type(value)
    assert loaded == [value]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "content",
    [
        [{"profile": "likes Émile Zola\n", "reasoning": None}, {"profile": "", "reasoning": "x" * 70_000}],
        {0: {"profile": "first"}, 1: {"profile": "second"}},
        {"0": "first", "1": ("second", ["third", {}])},
        OrderedDict([(2, "b"), (1, "a")]),
        [True, None, 1.5, -(2**70), "a", (), {}],
    ],
)
def test_containers_of_texts(protocol: int, content: Any, tmp_path: Path) -> None:
    loaded = load(pickle.dumps(content, protocol), tmp_path)
    assert loaded == content
    assert type(loaded) is type(content)


def made_of(layout: str, **parts: Any) -> bytes:
    """A pickled matrix with some parts replaced; None takes a part away."""
    matrix = getattr(sparse, layout)(DENSE)
    state = vars(matrix)
    state.update(parts)
    for part in [part for part, value in parts.items() if value is None]:
        del state[part]
    return pickle.dumps(matrix)


def test_coordinates_as_older_scipy_keeps_them(tmp_path: Path) -> None:
    row, col = np.array([0, 0, 2, 2], np.int32), np.array([0, 2, 1, 3], np.int32)
    loaded = load(made_of("coo_matrix", coords=None, row=row, col=col), tmp_path)
    assert np.array_equal(loaded.toarray(), DENSE)


@pytest.mark.parametrize(
    ("layout", "parts"),
    [
        ("coo_matrix", {"coords": (np.array([0, 0, 2, 3]), np.array([0, 2, 1, 3]))}),
        ("coo_matrix", {"coords": (np.array([0, 0, 2, -1]), np.array([0, 2, 1, 3]))}),
        ("coo_array", {"coords": (np.array([0, 0, 2, 2]), np.array([0, 2, 1, 2**40]))}),
        ("coo_array", {"coords": (np.array([0, 0, 2]), np.array([0, 2, 1]))}),
        ("coo_array", {"coords": None}),
        ("coo_array", {"_shape": (3, -4)}),
        ("csr_matrix", {"indices": np.array([0, 2, 1, 4])}),
        ("csr_matrix", {"indices": np.array([0, 2, 1, -1])}),
        ("csr_array", {"indptr": np.array([0, 2**40, 2, 4])}),
        ("csr_array", {"indptr": np.array([0, 3, 2, 4])}),
        ("csr_array", {"indptr": np.array([0, 2, 4])}),
        ("csc_array", {"indices": np.array([0, 3, 0, 2])}),
        ("csc_array", {"data": np.ones(3)}),
        ("csc_array", {"_shape": None}),
    ],
)
def test_matrices_whose_parts_do_not_fit_are_refused(layout: str, parts: dict[str, Any], tmp_path: Path) -> None:
    load(made_of(layout), tmp_path)
    with pytest.raises(UserError, match=r"file\.pkl cannot be read: "):
        load(made_of(layout, **parts), tmp_path)


@pytest.mark.parametrize("content", [sparse.csr_matrix(DENSE), DENSE, ["text", {"profile": "a"}]])
@pytest.mark.parametrize("protocol", [2, 5])
def test_a_file_that_ends_too_early_is_refused_wherever_it_ends(content: Any, protocol: int, tmp_path: Path) -> None:
    whole = pickle.dumps(content, protocol)
    for length in range(0, len(whole), 3):
        with pytest.raises(UserError, match=r"file\.pkl \S"):
            load(whole[:length], tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a pickle", b"\x80\xff.", b"\x80\x04K"])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"file\.pkl cannot be read: \S"):
        load(content, tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match=r"absent\.pkl is missing"):
        safe_pickle.load(tmp_path / "absent.pkl")
