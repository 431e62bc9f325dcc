"""An on-disk cache of text vectors."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file, atomic_write
from rlmrec.common.terminal import progress_bar
from rlmrec.data.mapped_files import new_mapped_file

log = logging.getLogger(__name__)


class VectorCache:
    """The cached vectors of one encoder, keyed by the SHA-256 of their texts.

    Each chunk is a ``.npy`` file of records (key, vector) that is written atomically and never changed, so that a
    process may be killed at any moment and several processes may write concurrently.

    Args:
        root: folder of the caches of all encoders.
        identity: everything that determines the vectors besides the texts; each identity has its own cache.

    Raises:
        UserError: if the folder is not writable.
    """

    def __init__(self, root: Path, identity: dict[str, Any]) -> None:
        description = json.dumps(identity, sort_keys=True, indent=2)
        self.folder = root / hashlib.sha256(description.encode()).hexdigest()[:32]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            atomic_write(self.folder / "encoder.json", description, durable=True)
        except OSError as error:
            raise UserError(f"{root} cannot keep vectors ({error.strerror}): choose another with cache=") from None
        self.chunks: list[Path] = []
        self.places: dict[bytes, tuple[int, int]] = {}  # key -> index of the chunk, row in the chunk
        for path in sorted(self.folder.glob("*.npy")):
            try:
                records = _read(path)
            except (ValueError, OSError, EOFError) as error:
                log.warning("%s is damaged (%s): its texts will be encoded again", path, error)
                continue
            self._index(path, records["key"])

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts that have no cached vector."""
        return [text for text in texts if key(text) not in self.places]

    def add(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Store the vectors of distinct texts, ``(len(texts), T)``.

        Raises:
            UserError: if the stored vectors have another width.
        """
        if self.chunks:
            self._check_width(_read(self.chunks[0])["vector"].shape[1], vectors.shape[1])
        records = np.empty(len(texts), dtype=[("key", "u1", (32,)), ("vector", "<f4", (vectors.shape[1],))])
        records["key"] = np.frombuffer(b"".join(map(key, texts)), dtype=np.uint8).reshape(-1, 32)
        records["vector"] = vectors
        path = self.folder / f"{hashlib.sha256(records['key'].tobytes()).hexdigest()[:32]}.npy"
        with atomic_file(path, durable=True) as partial, partial.open("wb") as file:
            np.save(file, records, allow_pickle=False)
        self._index(path, records["key"])

    def gather(self, texts: Sequence[str], path: Path) -> np.ndarray:
        """Return the vectors of cached texts as a memory-mapped file.

        Args:
            texts: texts in any order, possibly repeated.
            path: path of the new ``.npy`` file.

        Returns:
            ``(len(texts), T)`` float32.

        Raises:
            UserError: if the stored vectors differ in width.
        """
        places = np.array([self.places[key(text)] for text in texts], dtype=np.int64).reshape(-1, 2)
        width = _read(self.chunks[places[0, 0]])["vector"].shape[1]
        result = new_mapped_file(path, np.float32, (len(texts), width))
        order = np.argsort(places[:, 0], kind="stable")
        numbers, starts = np.unique(places[order, 0], return_index=True)
        parts = list(zip(numbers, np.split(order, starts[1:]), strict=True))
        for number, rows in progress_bar(parts, desc="gathering", leave=False):  # one chunk in memory at a time
            vectors = _read(self.chunks[number])["vector"]
            self._check_width(width, vectors.shape[1])
            result[rows] = vectors[places[rows, 1]]
        return result

    def _check_width(self, width: int, other: int) -> None:
        if width != other:
            raise UserError(
                f"{self.folder} holds vectors of {width} numbers, and others have {other}, so the model changed under "
                "its name: remove that folder and run the command again"
            )

    def _index(self, path: Path, keys: np.ndarray) -> None:
        data = keys.tobytes()
        number = len(self.chunks)
        self.chunks.append(path)
        self.places |= {data[32 * row : 32 * row + 32]: (number, row) for row in range(len(keys))}


def key(text: str) -> bytes:
    """Return the cache key of a text."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def _read(path: Path) -> np.ndarray:
    """Return the records of a chunk, memory-mapped."""
    records = np.load(path, mmap_mode="r", allow_pickle=False)
    fields = records.dtype.fields or {} if isinstance(records, np.ndarray) else {}
    if {name: kind.ndim for name, (kind, *_) in fields.items()} != {"key": 1, "vector": 1}:
        raise ValueError("it holds no keys and vectors")
    return records
