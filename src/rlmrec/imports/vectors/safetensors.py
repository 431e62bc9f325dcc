"""``.safetensors`` files: a tensor of vectors, and maybe one of ids that are whole numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rlmrec.common.errors import UserError, one_line
from rlmrec.imports.tables import AUTO, find
from rlmrec.imports.vectors.base import (
    VECTOR_NAMES,
    Asked,
    Block,
    VectorFile,
    ids_of_array,
    require_table,
    rows_at_once,
)

FLOATS = ("F64", "F32", "F16", "BF16")
WHOLE = ("I64", "I32", "I16", "I8", "U8")


def read(path: Path, asked: Asked) -> VectorFile:
    """Return the vectors in a file, with the ids if it has some.

    Raises:
        UserError: if it is damaged, or its tensors are not what they should be.
    """
    with _opened(path) as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        types = {name: file.get_slice(name).get_dtype() for name in shapes}
    tables = [name for name, shape in shapes.items() if len(shape) == 2]
    if asked.vector == AUTO and len(tables) == 1:
        vectors = tables[0]
    else:
        vectors = find(path, list(shapes), asked.vector, VECTOR_NAMES, asked.option("vector"), "vectors")
    require_table(path, vectors, shapes[vectors], types[vectors] in (*FLOATS, *WHOLE))
    ids = None
    if asked.id is not None:
        ids = _ids(path, asked, {name: shape for name, shape in shapes.items() if types[name] in WHOLE})
        if shapes[ids] != shapes[vectors][:1]:
            raise UserError(f"{path} has ids of the shape {shapes[ids]} for vectors of the shape {shapes[vectors]}")
    rows = rows_at_once(shapes[vectors][1] * 4)

    def blocks() -> Iterator[Block]:
        with _opened(path) as file:
            for start in range(0, shapes[vectors][0], rows):
                part = file.get_slice(vectors)[start : start + rows].float().numpy()
                names = None if ids is None else file.get_slice(ids)[start : start + rows].numpy()
                yield [] if names is None else ids_of_array(path, names), part

    return VectorFile(path, shapes[vectors][1], ids is not None, blocks)


def _ids(path: Path, asked: Asked, shapes: dict[str, tuple[int, ...]]) -> str:
    columns = [name for name, shape in shapes.items() if len(shape) == 1]
    if not columns:
        raise UserError(f"{path} holds no ids: name a file of them with {asked.kind[:-1]}_ids=...")
    if asked.id == AUTO and len(columns) == 1:
        return columns[0]
    return find(path, columns, str(asked.id), asked.id_names, asked.option("id"), "ids")


def _opened(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open  # late, and with torch: numpy has no bfloat16

    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is no safetensors file, or it is damaged: {one_line(error)[:160]}") from None
