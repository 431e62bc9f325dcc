"""Reader of ``.safetensors`` files: a tensor of vectors and optionally one of integer ids."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rlmrec.common.chunks import chunks
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

FLOATS = ("F64", "F32", "F16", "BF16")
WHOLE = ("I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8")


def read(path: Path, asked: Asked) -> VectorFile:
    """Open a file of vectors, with ids if requested.

    Raises:
        UserError: if the file is damaged, or its tensors are invalid.
    """
    with _opened(path) as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        types = {name: file.get_slice(name).get_dtype() for name in shapes}
    vectors = choose_array(path, shapes, asked.vector, VECTOR_NAMES, asked.option("vector"), dimensions=2)
    require_table(path, vectors, shapes[vectors], types[vectors] in (*FLOATS, *WHOLE))
    ids = None
    if asked.id is not None:
        whole = {name: shape for name, shape in shapes.items() if types[name] in WHOLE and len(shape) == 1}
        ids = choose_array(path, whole, asked.id, asked.id_names, asked.option("id"), dimensions=1)
        if shapes[ids] != shapes[vectors][:1]:
            raise UserError(f"{path} has ids of the shape {shapes[ids]} for vectors of the shape {shapes[vectors]}")
    size = rows_at_once(shapes[vectors][1] * 4)

    def blocks() -> Iterator[Block]:
        with _opened(path) as file:
            for rows in chunks(shapes[vectors][0], size):
                part = file.get_slice(vectors)[rows].float().numpy()
                names = None if ids is None else file.get_slice(ids)[rows].numpy()
                yield [] if names is None else ids_of_array(path, names), part

    return VectorFile(path, shapes[vectors][1], ids is not None, blocks)


def _opened(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open  # deferred; uses torch, since numpy has no bfloat16

    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is no safetensors file, or it is damaged: {one_line(error)[:160]}") from None
