"""Files of fitted backbones that a stranger has put into a run folder."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from harmful import Touch
from watch import Watch

Change = Callable[[Path, Watch], None]
"""What a stranger does to a file."""


def arrays(change: Callable[[dict[str, np.ndarray], Watch], Any], compress: bool = False) -> Change:
    """The file with other arrays, as ``numpy.savez`` writes them."""

    def write(path: Path, watch: Watch) -> None:
        with np.load(path) as stored:
            content = dict(stored)
        change(content, watch)
        (np.savez_compressed if compress else np.savez)(path, **content)  # type: ignore[arg-type]

    return write


def members(change: Callable[[dict[str, bytes], Watch], Any], compression: int = zipfile.ZIP_STORED) -> Change:
    """The file with other members, byte by byte."""

    def write(path: Path, watch: Watch) -> None:
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        change(content, watch)
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in content.items():
                archive.writestr(name, data)

    return write


def _header(shape: str, kind: str = "<f4") -> bytes:
    """The beginning of an array's file, with what it says of itself."""
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}}}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def _replace_all(content: dict[str, np.ndarray], make: Callable[[np.ndarray], Any]) -> None:
    content.update({name: make(array) for name, array in content.items() if name != "dataset"})


def _objects(content: dict[str, np.ndarray], watch: Watch) -> None:
    _replace_all(content, lambda array: np.array([Touch(watch.canary)], object))


def _identity_of_objects(content: dict[str, np.ndarray], watch: Watch) -> None:
    content["dataset"] = np.array([Touch(watch.canary)], object)


def _pickles(content: dict[str, bytes], watch: Watch) -> None:
    content.update({name: pickle.dumps(Touch(watch.canary)) for name in content})


def _more(content: dict[str, bytes], watch: Watch) -> None:
    content["more.pkl"] = pickle.dumps(Touch(watch.canary))


def _code_in_a_header(content: dict[str, bytes], watch: Watch) -> None:
    content.update({name: _header(f"__import__('os').system('touch {watch.canary}')") for name in content})


def _whole(path: Path, watch: Watch) -> None:
    path.write_bytes(pickle.dumps(Touch(watch.canary)))


def _single_array(path: Path, watch: Watch) -> None:
    with path.open("wb") as file:
        np.save(file, np.ones((40, 40), np.float32))


def _secret(path: Path, watch: Watch) -> None:
    path.unlink()
    path.symlink_to(watch.profile)


def _identity(data: bytes) -> Change:
    return arrays(lambda content, watch: content.update(dataset=np.frombuffer(data, np.uint8)), compress=True)


def _empty_header(content: dict[str, bytes], watch: Watch) -> None:
    content.update(dict.fromkeys(content, b""))


def _cut(path: Path, watch: Watch) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def _nothing(path: Path, watch: Watch) -> None:
    path.write_bytes(b"")


def _encrypted(path: Path, watch: Watch) -> None:
    """Say of the first member that it is, here and in the table of contents."""
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def _declared(shape: str, kind: str = "<f4") -> Change:
    """Arrays that say they are huge, with few bytes."""
    return members(lambda content, watch: content.update(dict.fromkeys(content, _header(shape, kind) + bytes(64))))


def _zeros(path: Path, watch: Watch) -> None:
    """A small file that unpacks to a gigabyte."""
    header = _header("(16384, 16384)")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("items.npy", "w", force_zip64=True) as file:
            file.write(header)
            for _ in range(64):
                file.write(bytes(2**24))
        archive.writestr("dataset.npy", header)


def _cast(kind: Any) -> Change:
    return arrays(lambda content, watch: _replace_all(content, lambda array: array.astype(kind)))


def _structured(array: np.ndarray) -> np.ndarray:
    return np.zeros(array.shape, [("a", "<f4"), ("b", "<f4")])


FITTED: dict[str, Change] = {
    "objects": arrays(_objects),
    "an identity of objects": arrays(_identity_of_objects),
    "pickles as arrays": members(_pickles),
    "a pickle beside the arrays": members(_more),
    "a pickle": _whole,
    "code in a header": members(_code_in_a_header),
    "a single array": _single_array,
    "a link to a secret": _secret,
    "no arrays": arrays(lambda content, watch: content.clear()),
    "the identity alone": arrays(lambda content, watch: [content.pop(name) for name in [*content][1:]]),
    "no identity": arrays(lambda content, watch: content.pop("dataset")),
    "many arrays": arrays(lambda content, watch: content.update({f"more{n}": np.ones(1) for n in range(99)})),
    "huge arrays": _declared("(1000000000, 1000000000)"),
    "huge beyond integers": _declared("(99999999999999999999, 3)"),
    "negative sizes": _declared("(-5, 3)"),
    "huge records": _declared("(3,)", "|V2000000000"),
    "an identity that is a huge number": arrays(lambda content, watch: content.update(dataset=np.array(10**11))),
    "an identity of many numbers": _identity(b"[" + b"1," * 10**7 + b"1]"),
    "a deep identity": _identity(b"[" * 50_000),
    "an identity that is no text": _identity(b"\xff" * 20),
    "an identity that is not JSON": _identity(json.dumps({"name": "x"}).encode()[:-1]),
    "another identity": _identity(json.dumps({"name": "\x1b]0;x\x07" * 1000}).encode()),
    "unpacks to a gigabyte": _zeros,
    "doubles": _cast(np.float64),
    "halves": _cast(np.float16),
    "complex numbers": _cast(np.complex64),
    "texts": _cast("U9"),
    "records": arrays(lambda content, watch: _replace_all(content, _structured)),
    "fewer rows": arrays(lambda content, watch: _replace_all(content, lambda array: array[:-1])),
    "one dimension more": arrays(lambda content, watch: _replace_all(content, lambda array: array[None])),
    "single numbers": arrays(lambda content, watch: _replace_all(content, lambda array: array.ravel()[0])),
    "nothing in the arrays": arrays(lambda content, watch: _replace_all(content, lambda array: array[:0])),
    "not finite": arrays(lambda content, watch: _replace_all(content, lambda array: (array * np.nan).astype("f4"))),
    "members without content": members(_empty_header),
    "cut off": _cut,
    "empty": _nothing,
    "encrypted": _encrypted,
}
"""Changes that make a file of no use."""


def _ids(change: Callable[[np.ndarray], Any]) -> Change:
    """Other column numbers, of sparse matrices."""

    def replace(content: dict[str, np.ndarray], watch: Watch) -> None:
        content.update({name: change(ids) for name, ids in content.items() if name.endswith(".indices")})

    return arrays(replace)


def _rows(change: Callable[[np.ndarray], Any]) -> Change:
    """Other ends of rows, of sparse matrices."""

    def replace(content: dict[str, np.ndarray], watch: Watch) -> None:
        content.update({name: change(ends) for name, ends in content.items() if name.endswith(".indptr")})

    return arrays(replace)


SPARSE: dict[str, Change] = {
    "columns beyond the matrix": _ids(lambda ids: ids + 10**6),
    "negative columns": _ids(lambda ids: -ids - 1),
    "unsigned columns beyond all": _ids(lambda ids: np.full_like(ids, 2**63, np.uint64)),
    "rows beyond the values": _rows(lambda ends: ends * 10**6),
    "rows that go back": _rows(lambda ends: ends[::-1]),
    "negative rows": _rows(lambda ends: -ends),
    "a last row that ends before the first": _rows(lambda ends: np.append(ends[:-1], -1)),
    "differences beyond integers": _rows(lambda ends: np.append([0, 5, -(2**63), -1], ends[4:])),
    "too many rows": _rows(lambda ends: np.append(ends, ends[-1])),
}
"""Changes of sparse matrices, whose products would read outside of their memory."""
