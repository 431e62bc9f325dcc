"""Profile embeddings of people and items that came later, by the encoder of the others."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset
from rlmrec.text.encoder import Encoder, Places
from rlmrec.text.transform import NoTransform, Transform

COMPARED = 4
"""Profiles of the dataset, of users and of items each, that are encoded again."""
SAME = 0.999
"""Cosine from which two vectors of a text count as the same: half precision and other hardware stay above."""


def encode_further(dataset: Dataset, texts: Sequence[str], encoder: Encoder, transform: Transform) -> np.ndarray:
    """Return the profile embeddings of further texts, where those of the dataset have theirs.

    A few profiles of the dataset are encoded again, to see that the encoder is the one that made its embeddings.

    Args:
        dataset: with profiles and their embeddings.
        texts: none of which is empty.
        encoder: of the dataset's embeddings.
        transform: of the dataset's embeddings, not yet fitted.

    Returns:
        ``(len(texts), T)`` float32.

    Raises:
        UserError: if the dataset keeps no profiles, or its embeddings are not of this encoder.
    """
    tables = {"user": (dataset.users, dataset.user_embeddings), "item": (dataset.items, dataset.item_embeddings)}
    known: list[str] = []
    compared: list[str] = []
    stored: list[np.ndarray] = []
    num_users = 0
    for kind, (entities, embeddings) in tables.items():
        profiles = entities["profile"].to_list()
        with_text = [row for row, profile in enumerate(profiles) if profile.strip()]
        known += [profiles[row] for row in with_text]
        num_users = len(known) if kind == "user" else num_users
        if embeddings is not None:
            compared += [profiles[row] for row in with_text[:COMPARED]]
            stored += [np.asarray(embeddings[row], np.float32) for row in with_text[:COMPARED]]
    if not compared:
        raise UserError(f"{dataset.name} keeps no profiles that tell how its embeddings were made")
    if not isinstance(transform, NoTransform):
        with tempfile.TemporaryDirectory() as folder:
            transform.fit(encoder.encode_profiles(known, num_users, Places(Path(folder), Path(folder))))
    found = transform.apply(encoder.encode_new(known, [*compared, *texts]))
    again, new = found[: len(compared)], found[len(compared) :]
    if again.shape[1] != len(stored[0]) or not (_cosines(again, np.stack(stored)) > SAME).all():
        raise UserError(
            "the encoder gives other embeddings than those the run was trained on; name theirs, with its options"
        )
    if not new.any(axis=1).all():
        nothing = texts[int(np.flatnonzero(~new.any(axis=1))[0])]
        raise UserError(f"the encoder makes nothing of the profile {nothing[:60]!r}: use words of other profiles")
    return new


def _cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / np.maximum(lengths, 1e-12)
