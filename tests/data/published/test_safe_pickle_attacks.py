"""Pickles that would run code are refused by name, and nothing of them is run."""

import copyreg
import os
import pickle
import shutil
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import opcodes as op
from harmful import Call
from places import FIXTURES
from rlmrec.common.errors import UserError
from rlmrec.data.published import safe_pickle


def refusal(content: bytes, folder: Path) -> str:
    path = folder / "file.pkl"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        safe_pickle.load(path)
    return str(caught.value)


PROGRAM = "__import__('os').mkdir({!r})"
CALLS: dict[str, Callable[[str], Call]] = {
    "mkdir": lambda path: Call(os.mkdir, path),
    "system": lambda path: Call(os.system, f"mkdir '{path}'"),
    "eval": lambda path: Call(eval, PROGRAM.format(path)),
    "exec": lambda path: Call(exec, PROGRAM.format(path)),
    "call": lambda path: Call(subprocess.call, ["mkdir", path]),
    "loads": lambda path: Call(pickle.loads, pickle.dumps(Call(os.mkdir, path))),
    "copytree": lambda path: Call(shutil.copytree, str(FIXTURES / "parity"), path),
    "savetxt": lambda path: Call(np.savetxt, path, (1.0, 2.0)),
    "memmap": lambda path: Call(np.memmap, path, "u1", "w+", 0, (1,)),
    "save_npz": lambda path: Call(sparse.save_npz, path, sparse.coo_matrix((2, 2))),
}


def inside_matrix(part: str) -> Callable[[Call], Any]:
    def hide(call: Call) -> Any:
        matrix = sparse.coo_matrix(np.eye(2))
        vars(matrix)[part] = call
        return matrix

    return hide


class InItems:
    """Is pickled as an allowed container that is filled with a call."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __reduce__(self) -> tuple[Any, ...]:
        return OrderedDict, (), None, None, iter([("a", self.call)])


HIDING_PLACES: dict[str, Callable[[Call], Any]] = {
    "list": lambda call: [{"profile": "a"}, call],
    "dict": lambda call: {0: {"profile": call}},
    "tuple": lambda call: (1, (call,)),
    "items of a container": InItems,
    "argument of an allowed function": lambda call: Call(np.dtype, call, False, True),
    "attribute of a matrix": inside_matrix("extra"),
    "data of a matrix": inside_matrix("data"),
    "object array": lambda call: np.array([call, 1], object),
    "field of a record array": lambda call: np.array([(call,)], [("a", object)]),
}


@pytest.fixture
def canary(tmp_path: Path) -> str:
    return str(tmp_path / "canary")


def awake(canary: str) -> bool:
    """Whether something was run; looks away from file endings that numpy and scipy add."""
    return bool(list(Path(canary).parent.glob("canary*")))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("function", CALLS)
def test_calls(function: str, protocol: int, canary: str, tmp_path: Path) -> None:
    content = pickle.dumps(CALLS[function](canary), protocol)
    message = refusal(content, tmp_path)
    assert f".{function}, which no numeric array or text needs: refused, nothing was executed" in message
    assert f"{tmp_path / 'file.pkl'} asks for " in message
    assert not awake(canary)
    pickle.loads(content)
    assert awake(canary), "the attack is a real one"


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("place", HIDING_PLACES)
def test_hidden_calls(place: str, protocol: int, canary: str, tmp_path: Path) -> None:
    content = pickle.dumps(HIDING_PLACES[place](Call(os.mkdir, canary)), protocol)
    assert "refused, nothing was executed" in refusal(content, tmp_path)
    assert not awake(canary)
    try:
        pickle.loads(content)
    except (TypeError, ValueError):  # what is made of it afterwards may fail
        assert "allowed function" in place
    assert awake(canary), "the attack is a real one"


@pytest.mark.parametrize(("opcode", "width"), [(pickle.EXT1, 1), (pickle.EXT2, 2), (pickle.EXT4, 4)])
@pytest.mark.parametrize("used_before", [False, True])
def test_registered_extensions(opcode: bytes, width: int, used_before: bool, canary: str, tmp_path: Path) -> None:
    code = 240
    content = op.call(opcode + code.to_bytes(width, "little"), op.text(canary)) + op.STOP
    copyreg.add_extension(os.mkdir.__module__, "mkdir", code)
    try:
        if used_before:  # then a cache hands the function out, and nobody is asked for its name
            pickle.loads(content)
            Path(canary).rmdir()
        assert "mkdir, which no numeric array or text needs" in refusal(content, tmp_path)
        assert not awake(canary)
    finally:
        copyreg.remove_extension(os.mkdir.__module__, "mkdir", code)


@pytest.mark.parametrize(
    ("module", "attribute"),
    [
        ("numpy", "dtype.__class__"),
        ("numpy", "ndarray.tofile"),
        ("collections", "OrderedDict.fromkeys"),
        ("numpy._core.multiarray", "scalar.__call__"),
        ("numpy._core.multiarray", "fromfile"),
        ("numpy._core.multiarray", "_frombuffer"),
        ("numpy._core.numeric", "_reconstruct"),
        ("numpy.core.multiarray", "datetime_data"),
        ("numpy", "load"),
        ("_codecs", "decode"),
        ("_codecs", "register"),
        ("codecs", "encode"),
        ("scipy.sparse._coo", "csr_matrix"),
        ("scipy.sparse._coo", "coo_matrix.__init__"),
        ("scipy.sparse", "lil_matrix"),
        ("scipy.sparse", "load_npz"),
        ("copyreg", "_reconstructor"),
        ("builtins", "getattr"),
        ("builtins", "object"),
        ("collections", "deque"),
        ("rlmrec.data.published.safe_pickle", "load"),
    ],
)
def test_names_next_to_the_allowed_ones(module: str, attribute: str, tmp_path: Path) -> None:
    asks = f"asks for {module}.{attribute}, which no numeric array or text needs: refused, nothing was executed"
    for content in (op.name(module, attribute), b"\x80\x04" + op.text(module) + op.text(attribute) + b"\x93"):
        assert asks in refusal(content + op.STOP, tmp_path)
