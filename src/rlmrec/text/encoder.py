"""The interface of encoders."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import PositiveInt
from tqdm import tqdm

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.common.terminal import progress_bar
from rlmrec.text.vector_cache import VectorCache

log = logging.getLogger(__name__)
EncodeTexts = Callable[[Sequence[str]], np.ndarray]
"""A function that encodes non-empty texts as vectors ``(len(texts), T)`` float32."""

KeepVectors = Callable[[Sequence[str], np.ndarray], None]
"""A function that stores texts with their vectors ``(len(texts), T)``."""


class Places(NamedTuple):
    """The folders for an encoder's files: the cache of vectors, and temporary files of this run."""

    cache: Path
    scratch: Path


class Encoder(ABC):
    """An encoder of profiles as vectors."""

    libraries: ClassVar[tuple[str, ...]] = ("numpy",)
    """Packages whose versions the vectors may depend on."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return everything that determines the vectors besides texts and library versions, JSON-serialisable."""

    @abstractmethod
    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        """Return the vectors of non-empty profiles.

        Args:
            texts: profiles, users first.
            num_users: number of profiles of users.
            places: folders for files.

        Returns:
            ``(len(texts), T)`` float32, possibly memory-mapped.

        Raises:
            UserError: if the vectors cannot be made; says what to change.
        """

    @abstractmethod
    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        """Return a function that encodes further texts consistently with the profiles, without affecting their vectors.

        Args:
            known: non-empty profiles that have been encoded.

        Raises:
            UserError: if the vectors do not depend on the texts.
        """

    def versions(self) -> dict[str, str]:
        """Return the versions of ``libraries``."""
        return {name: version(name) for name in self.libraries}


class TextEncoder(Encoder):
    """An encoder that encodes each text independently of the others, so that vectors can be cached.

    Args:
        batch_size: number of texts per batch.

    Attributes:
        num_cut: number of texts that were truncated in the last call.
    """

    batches_in_chunk: ClassVar[int] = 8
    """Number of batches between writes to the cache, which bounds the loss if a run is killed."""

    def __init__(self, batch_size: PositiveInt) -> None:
        self.batch_size = batch_size
        self.num_cut = 0

    def count_cut(self, texts: Sequence[str]) -> int:
        """Return the number of texts that are longer than the encoder reads; 0 by default."""
        return 0

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of at most ``batch_size`` texts, ``(len(texts), T)`` float32."""

    def cache_identity(self) -> dict[str, Any]:
        """Return everything that determines a vector in the cache besides its text."""
        # Builds of a release for different hardware ("2.13.0+cpu") count as the same version.
        releases = {name: number.partition("+")[0] for name, number in self.versions().items()}
        return self.identity() | {"libraries": releases}

    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        self.num_cut = 0
        cache = VectorCache(places.cache, self.cache_identity())
        distinct = list(dict.fromkeys(texts))
        missing = cache.missing(distinct)
        # Sorting by length saves padding; a resumed run forms the same chunks as an uninterrupted one, because finished
        # chunks are a prefix of this order.
        missing.sort(key=lambda text: (-len(text), text))
        with progress_bar(
            total=len(distinct), initial=len(distinct) - len(missing), desc="encoding", unit="text"
        ) as bar:
            self._encode_chunks(missing, cache.add, bar)
        if self.num_cut:
            log.warning("%d of %d texts were cut: they are longer than the encoder reads", self.num_cut, len(missing))
        return cache.gather(texts, places.scratch / "vectors.npy")

    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        return self._encode_further

    def _encode_further(self, texts: Sequence[str]) -> np.ndarray:
        vectors: dict[str, np.ndarray] = {}

        def keep(chunk: Sequence[str], made: np.ndarray) -> None:
            vectors.update(zip(chunk, made, strict=True))

        distinct = list(dict.fromkeys(texts))
        with progress_bar(total=len(distinct), desc="encoding", unit="text", leave=False) as bar:
            self._encode_chunks(distinct, keep, bar)
        return np.stack([vectors[text] for text in texts])

    def _encode_chunks(self, texts: Sequence[str], keep: KeepVectors, bar: "tqdm[Any]") -> None:
        """Encode texts in chunks.

        Args:
            texts: distinct texts.
            keep: function called with each chunk and its vectors, as soon as they are made.
            bar: progress bar over the texts.
        """
        size = self.batch_size * self.batches_in_chunk
        for chunk in parts(texts, size):
            keep(chunk, np.concatenate([self._encode_batch(batch, bar) for batch in parts(chunk, self.batch_size)]))

    def _encode_batch(self, batch: Sequence[str], bar: "tqdm[Any]") -> np.ndarray:
        vectors = np.asarray(self.encode(batch), dtype=np.float32)
        if len(vectors) != len(batch):
            raise UserError(f"{type(self).__name__} gave {len(vectors)} vectors for {len(batch)} texts")
        if not np.isfinite(vectors).all():
            raise UserError(f"{type(self).__name__} gave NaN or infinite numbers; nothing of this batch was kept")
        self.num_cut += self.count_cut(batch)
        bar.update(len(batch))
        return vectors


def parts(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield a sequence in parts of at most ``size`` texts."""
    for rows in chunks(len(texts), size):
        yield texts[rows]
