"""Pickles put together by hand, which no pickler would write."""

import struct

NONE, FALSE, TRUE, BUILD, STOP = b"N", b"\x89", b"\x88", b"b", b"."


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def raw(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def group(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def record(**parts: bytes) -> bytes:
    return b"(" + b"".join(text(key) + value for key, value in parts.items()) + b"d"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + group(*arguments) + b"R"


def new(cls: bytes, *arguments: bytes) -> bytes:
    return cls + group(*arguments) + b"\x81"


def build(target: bytes, state: bytes) -> bytes:
    return target + state + BUILD


ENCODE = name("_codecs", "encode")
ORDERED = name("collections", "OrderedDict")
NDARRAY = name("numpy", "ndarray")
DTYPE = name("numpy", "dtype")
COO = name("scipy.sparse", "coo_matrix")
FROM_BUFFER = name("numpy._core.numeric", "_frombuffer")
RECONSTRUCT = name("numpy._core.multiarray", "_reconstruct")
SCALAR = name("numpy._core.multiarray", "scalar")

NATIVE = group(number(3), text("<"), NONE, NONE, NONE, number(-1), number(-1), number(0))
FLOATS = build(call(DTYPE, text("f4"), FALSE, TRUE), NATIVE)
BYTES = call(DTYPE, text("u1"), FALSE, TRUE)
EMPTY = call(RECONSTRUCT, NDARRAY, group(number(0)), raw(b"b"))


def array(kind: bytes, count: int, content: bytes) -> bytes:
    """An array of one dimension, as protocols up to 4 write it."""
    return build(EMPTY, group(number(1), group(number(count)), kind, FALSE, content))
