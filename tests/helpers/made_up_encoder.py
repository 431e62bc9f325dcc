"""An encoder that is quick, or as slow as a test wants it, and remembers what it was given."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rlmrec.text.encoder import TextEncoder

WIDTH = 6


def vector(text: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(WIDTH).astype(np.float32)


class MadeUpEncoder(TextEncoder):
    """Vectors that follow from the text.

    Args:
        batch_size: texts at once.
        record: a file to which every encoded text is appended.
        seconds: that a batch takes.
        version: part of the identity.
    """

    def __init__(self, batch_size: int = 4, record: Path | None = None, seconds: float = 0.0, version: int = 1) -> None:
        super().__init__(batch_size)
        self.record = record
        self.seconds = seconds
        self.version = version
        self.encoded: list[str] = []

    def identity(self) -> dict[str, Any]:
        return {"encoder": "made up", "version": self.version}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        time.sleep(self.seconds)
        self.encoded += texts
        if self.record:
            with self.record.open("a") as file:
                file.writelines(f"{text}\n" for text in texts)
        return np.stack([vector(text) for text in texts])
