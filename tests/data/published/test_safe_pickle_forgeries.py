"""Pickles that use allowed names only, in ways in which no pickler does, are refused before the step is taken."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import opcodes as op
from opcodes import build, call, group, new, number, raw, record, text
from rlmrec.common.errors import UserError
from rlmrec.data.published import safe_pickle

ONES = op.array(op.FLOATS, 2, raw(np.ones(2, "f4").tobytes()))


def load(content: bytes, folder: Path) -> Any:
    path = folder / "file.pkl"
    path.write_bytes(b"\x80\x04" + content + op.STOP)
    return safe_pickle.load(path)


def dtype(kind: bytes, *flags: bytes) -> bytes:
    return call(op.DTYPE, kind, *(flags or (op.FALSE, op.TRUE)))


def forged(*state: bytes, kind: str = "f8") -> bytes:
    return build(dtype(text(kind)), group(*state))


def buffered(kind: bytes, content: bytes = raw(bytes(16)), count: int = 2) -> bytes:
    return call(op.FROM_BUFFER, content, kind, group(number(count)), text("C"))


V3 = (number(3), text("|"))
ADDRESSES = (number(8), number(8), number(63))
REFUSED = {
    # opcodes that no pickler of these protocols writes
    "INST": (b"(V1\nios\nsystem\n", "in an unusual way"),
    "INST of an allowed class": (b"(icollections\nOrderedDict\n", "in an unusual way"),
    "OBJ": (b"(" + op.ORDERED + b"o", "in an unusual way"),
    "NEWOBJ_EX": (op.COO + b")}\x92", "in an unusual way"),
    # making things
    "NEWOBJ of an array": (new(op.NDARRAY, group(number(2))), "makes a ndarray in an unusual way"),
    "NEWOBJ of a type of objects": (new(op.DTYPE, text("O")), "makes a dtype in an unusual way"),
    "NEWOBJ of a container": (new(op.ORDERED), "makes a OrderedDict in an unusual way"),
    "NEWOBJ with arguments": (new(op.COO, number(1)), "makes a coo_matrix in an unusual way"),
    "call of an array": (call(op.NDARRAY, number(3)), "makes a ndarray"),
    "call of a matrix": (call(op.COO, group(number(2), number(2))), "makes a coo_matrix"),
    "call of a container": (call(op.ORDERED, b"]"), "makes a OrderedDict"),
    "another codec": (call(op.ENCODE, text("x"), text("rot13")), "makes a encode"),
    "no codec": (call(op.ENCODE, text("x")), "makes a encode"),
    "array of garbage": (call(op.RECONSTRUCT, op.NDARRAY, group(number(9)), raw(b"b")), "makes a _reconstruct"),
    "array of objects": (call(op.RECONSTRUCT, op.NDARRAY, group(number(0)), raw(b"O")), "makes a _reconstruct"),
    "array of another class": (call(op.RECONSTRUCT, op.ORDERED, group(number(0)), raw(b"b")), "makes a _reconstruct"),
    # types of numbers
    "objects": (dtype(text("O8")), "makes a dtype O8"),
    "records": (dtype(text("f4,O")), "makes a dtype f4,O"),
    "bytes without a type": (dtype(text("V8")), "makes a dtype V8"),
    "text": (dtype(text("U4")), "makes a dtype U4"),
    "dates": (dtype(text("M8")), "makes a dtype M8"),
    "complex numbers": (dtype(text("c8")), "makes a dtype c8"),
    "aligned": (dtype(text("f4"), op.TRUE, op.TRUE), "makes a dtype f4"),
    "numpy's own type": (dtype(text("f4"), op.FALSE, op.FALSE), "makes a dtype f4"),
    "too few arguments": (call(op.DTYPE, text("f4")), "makes a dtype f4"),
    "fields": (dtype(b"](" + group(text("a"), text("O")) + b"e"), "cannot be read"),
    # states
    "numbers that are addresses": (forged(*V3, op.NONE, op.NONE, op.NONE, *ADDRESSES), "sets the state of"),
    "another size": (forged(*V3, op.NONE, op.NONE, op.NONE, number(64), number(1), number(0)), "sets the state of"),
    "nested arrays": (
        forged(*V3, group(op.FLOATS, group(number(9))), op.NONE, op.NONE, number(-1), number(-1), number(0)),
        "sets the state of",
    ),
    "names and fields": (
        forged(*V3, op.NONE, group(text("a")), record(a=group(op.FLOATS, number(0))), *ADDRESSES),
        "sets the state of",
    ),
    "metadata": (
        forged(number(4), text("<"), op.NONE, op.NONE, op.NONE, number(-1), number(-1), number(0), b"}"),
        "sets the state of",
    ),
    "state of a function": (build(op.ENCODE, record(a=number(1))), "sets the state of encode"),
    "state of a class": (build(op.ORDERED, record(a=number(1))), "sets the state of OrderedDict"),
    "state of a matrix's class": (build(op.COO, record(a=number(1))), "sets the state of coo_matrix"),
    "state of a container": (build(op.ORDERED + b")R", record(a=number(1))), "sets the state of OrderedDict"),
    "state of a list": (build(b"]", record(a=number(1))), "sets the state of list"),
    "slots of a matrix": (build(new(op.COO), group(op.NONE, record(a=number(1)))), "sets the state of coo_matrix"),
    "list for bytes": (op.array(op.FLOATS, 2, b"](K\x01K\x02e"), "cannot be read"),
    "too few bytes": (op.array(op.FLOATS, 3, raw(bytes(8))), "cannot be read"),
    "too many bytes": (op.array(op.FLOATS, 1, raw(bytes(8))), "cannot be read"),
    "negative size": (op.array(op.FLOATS, -2, raw(bytes(8))), "cannot be read"),
    "size that overflows": (
        build(op.EMPTY, group(number(1), group(*[number(2**30)] * 3), op.FLOATS, op.FALSE, raw(bytes(8)))),
        "cannot be read",
    ),
    # buffers
    "buffer of objects": (buffered(text("O")), "cannot be read: cannot create an OBJECT array"),
    "buffer of records": (buffered(text("f4,O"), raw(bytes(24))), "cannot be read: cannot create an OBJECT array"),
    "buffer of texts": (buffered(text("T")), "cannot be read: cannot create an OBJECT array"),
    "buffer too short": (buffered(op.FLOATS, raw(bytes(4))), "cannot be read"),
    # other
    "persistent id": (b"Pabc\n", "cannot be read"),
    "persistent id of an object": (text("abc") + b"Q", "cannot be read"),
    "buffer outside the file": (b"\x97", "cannot be read"),
    "unregistered extension": (b"\x82\xf0", "cannot be read"),
    "call of a text": (call(text("os.system"), text("true")), "cannot be read"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(content, tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "file.pkl"))
    assert says in str(caught.value)


def test_the_usual_way_is_not_refused(tmp_path: Path) -> None:
    """The parts that the forgeries are made of."""
    assert load(ONES, tmp_path).tolist() == [1, 1]
    assert load(buffered(op.FLOATS, raw(np.ones(2, "f4").tobytes())), tmp_path).tolist() == [1, 1]
    assert load(call(op.SCALAR, op.FLOATS, raw(np.float32(3).tobytes())), tmp_path) == 3
    assert load(call(op.ENCODE, text("é"), text("latin1")), tmp_path) == b"\xe9"
    assert load(op.ORDERED + b")R", tmp_path) == OrderedDict()
    corner = group(op.array(op.BYTES, 1, raw(b"\0")), op.array(op.BYTES, 1, raw(b"\1")))
    state = record(_shape=group(number(2), number(2)), coords=corner, data=op.array(op.FLOATS, 1, raw(bytes(4))))
    assert load(build(new(op.COO), state), tmp_path).shape == (2, 2)


def test_nothing_outlasts_a_file(tmp_path: Path) -> None:
    """Neither scipy's classes nor numpy's types of numbers change."""
    before = dict(vars(sparse.coo_matrix))
    load(group(build(new(op.COO), record(shape=number(1))), op.COO), tmp_path)
    assert dict(vars(sparse.coo_matrix)) == before
    swapped = build(dtype(text("f4")), op.NATIVE.replace(text("<"), text(">")))
    assert not load(swapped, tmp_path).isnative
    assert np.dtype("f4").isnative


def test_an_attribute_cannot_take_the_place_of_the_step_that_makes_the_matrix(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        load(build(new(op.COO), record(matrix=op.ORDERED)), tmp_path)


def test_a_buffer_is_bytes_and_no_array_whose_memory_may_go(tmp_path: Path) -> None:
    """An array over the memory of another one, which is then given a new state and with it other memory."""
    size = 1 << 18
    first = op.array(op.BYTES, size, raw(b"a" * size)) + b"q\x00"
    second = buffered(op.BYTES, b"h\x00", size)
    third = build(b"h\x00", group(number(1), group(number(1)), op.BYTES, op.FALSE, raw(b"z")))
    with pytest.raises(UserError, match="_frombuffer"):
        load(group(first, second, third), tmp_path)
