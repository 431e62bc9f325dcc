"""Profile embeddings of users and items added after training, from the encoder of the dataset."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.text.encoder import Encoder, Places
from rlmrec.text.transform import NoTransform, Transform

COMPARED = 4
"""Number of profiles of each kind that are encoded again for comparison."""
SAME = 0.999
"""Cosine above which vectors of a text count as equal, despite half precision or different hardware."""


class FurtherProfiles:
    """An encoder of further texts into the space of a dataset's profile embeddings.

    A few profiles of the dataset are encoded again, to verify that the encoder is that of the dataset's embeddings.

    Args:
        dataset: dataset with profiles and their embeddings.
        encoder: encoder of the dataset's embeddings.
        transform: transform of the dataset's embeddings, not yet fitted.

    Raises:
        UserError: if the dataset has no profiles, or its embeddings are not from this encoder.
    """

    def __init__(self, dataset: Dataset, encoder: Encoder, transform: Transform) -> None:
        profiles = [table["profile"].to_list() for table in (dataset.users, dataset.items)]
        rows = [[row for row, text in enumerate(texts) if text.strip()] for texts in profiles]
        known = [texts[row] for texts, chosen in zip(profiles, rows, strict=True) for row in chosen]
        compared: dict[str, np.ndarray] = {}
        tables = (dataset.user_embeddings, dataset.item_embeddings)
        for texts, chosen, table in zip(profiles, rows, tables, strict=True):
            if table is not None:
                compared |= {texts[row]: np.asarray(table[row], np.float32) for row in chosen[:COMPARED]}
        if not compared:
            raise UserError(f"{dataset.name} keeps no profiles that tell how its embeddings were made")
        self.transform = transform
        if not isinstance(transform, NoTransform):
            with tempfile.TemporaryDirectory() as folder:
                places = Places(Path(folder), Path(folder))
                transform.fit(encoder.encode_profiles(known, len(rows[0]), places))
        self._encode = encoder.for_further_texts(known)
        again, stored = self.transform.apply(self._encode([*compared])), np.stack([*compared.values()])
        if again.shape != stored.shape or not (_cosines(again, stored) > SAME).all():
            raise UserError(
                "the encoder gives other embeddings than those the run was trained on; name theirs, with its options"
            )

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the profile embeddings of non-empty texts, ``(len(texts), T)`` float32.

        Raises:
            UserError: if the vector of a text is zero.
        """
        found = self.transform.apply(self._encode(texts))
        if not found.any(axis=1).all():
            nothing = texts[int(np.flatnonzero(~found.any(axis=1))[0])]
            raise UserError(f"the encoder makes nothing of the profile {nothing[:60]!r}: use words of other profiles")
        return found


def _cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / np.maximum(lengths, 1e-12)
