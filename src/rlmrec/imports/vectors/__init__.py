"""Readers of files of vectors, in bounded memory and without executing code."""

from collections.abc import Callable
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import singular
from rlmrec.imports.vectors import npy, npz, safetensors, table
from rlmrec.imports.vectors.base import Asked, Block, VectorFile

READERS: dict[str, Callable[[Path, Asked], VectorFile]] = {
    ".npy": npy.read,
    ".npz": npz.read,
    ".safetensors": safetensors.read,
}
"""Readers by suffix; files with other suffixes are read as tables."""
WITHOUT_IDS = (".npy",)
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib")


def open_vectors(path: Path, asked: Asked) -> VectorFile:
    """Open a file of vectors; only its header or first rows are read.

    Args:
        path: path of the file, whose suffix determines the format.
        asked: selection of columns or arrays.

    Raises:
        UserError: if the file is damaged, or is a pickle, which could execute code.
    """
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise UserError(
            f"{path} is not read: a pickle can run code. Save it again, such as numpy.savez('vectors.npz', ids=ids, "
            "embeddings=vectors)"
        )
    if suffix in WITHOUT_IDS and asked.id is not None:
        kind = singular(asked.kind)
        raise UserError(
            f"{path} holds no ids: name a file of them with {kind}_ids=..., or, if its rows are in the order of the "
            f"{asked.kind} in the folder, say {kind}_ids=order"
        )
    return READERS.get(suffix, table.read)(path, asked)


__all__ = ["Asked", "Block", "VectorFile", "open_vectors"]
