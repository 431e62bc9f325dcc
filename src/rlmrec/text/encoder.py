"""The interface of every encoder."""

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
"""From texts, none of which is empty, to vectors ``(len(texts), T)`` float32."""

KeepVectors = Callable[[Sequence[str], np.ndarray], None]
"""Takes texts and their vectors ``(len(texts), T)``."""


class Places(NamedTuple):
    """Folders in which an encoder may put files: the cache of vectors, and vectors of this run."""

    cache: Path
    scratch: Path


class Encoder(ABC):
    """From profiles to vectors."""

    libraries: ClassVar[tuple[str, ...]] = ("numpy",)
    """Packages whose versions the vectors may depend on."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return everything that determines the vectors besides texts and library versions, JSON-ready."""

    @abstractmethod
    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        """Return the vectors of profiles, none of which is empty.

        Args:
            texts: users first.
            num_users: how many of them are of users.
            places: where files may be put.

        Returns:
            ``(len(texts), T)`` float32, maybe memory-mapped.

        Raises:
            UserError: if they cannot be made; names what to change.
        """

    @abstractmethod
    def for_further_texts(self, known: Sequence[str]) -> EncodeTexts:
        """Return what gives further texts vectors as if they had been among the profiles, but had changed no other.

        Args:
            known: the profiles that were encoded before, none of which is empty.

        Raises:
            UserError: if the vectors do not follow from texts.
        """

    def versions(self) -> dict[str, str]:
        """Return the versions of ``libraries``."""
        return {name: version(name) for name in self.libraries}


class TextEncoder(Encoder):
    """An encoder that sees one text at a time: no vector depends on the other texts, so that each is made once.

    Args:
        batch_size: texts at once.

    Attributes:
        num_cut: number of texts of the last call that were cut.
    """

    batches_in_chunk: ClassVar[int] = 8
    """Number of batches after which vectors are put into the cache: a killed run loses no more than these."""

    def __init__(self, batch_size: PositiveInt) -> None:
        self.batch_size = batch_size
        self.num_cut = 0

    def count_cut(self, texts: Sequence[str]) -> int:
        """Return how many texts are longer than what is read of them; none by default."""
        return 0

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of at most ``batch_size`` texts, ``(len(texts), T)`` float32."""

    def cache_identity(self) -> dict[str, Any]:
        """Return everything that determines a vector in the cache besides its text."""
        # Builds of a release for other hardware ("2.13.0+cpu") count as the same version.
        releases = {name: number.partition("+")[0] for name, number in self.versions().items()}
        return self.identity() | {"libraries": releases}

    def encode_profiles(self, texts: Sequence[str], num_users: int, places: Places) -> np.ndarray:
        self.num_cut = 0
        cache = VectorCache(places.cache, self.cache_identity())
        distinct = list(dict.fromkeys(texts))
        missing = cache.missing(distinct)
        # Texts of similar length go together, to save padding; a resumed run forms the same chunks as one that was
        # not interrupted, because finished chunks are a prefix of this order.
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
        """Encode texts, a chunk at a time.

        Args:
            texts: distinct ones.
            keep: called with each chunk and its vectors, as soon as they are made.
            bar: counts the texts.
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
