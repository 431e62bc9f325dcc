"""Files of vectors, one format a file; nothing in them is executed, and they are read in bounded memory."""

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
"""By the ending of the file's name; all others are read as tables."""
WITHOUT_IDS = (".npy",)
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib")


def open_vectors(path: Path, asked: Asked) -> VectorFile:
    """Return a file of vectors, of which no more than the beginning is read yet.

    Args:
        path: of the file, whose name tells its format.
        asked: which columns or arrays are meant.

    Raises:
        UserError: if the file is damaged, or is a pickle, which could run code.
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
