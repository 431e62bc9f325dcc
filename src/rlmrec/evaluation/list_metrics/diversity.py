"""Diversity: the mean cosine distance between the profile embeddings of a list's items."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.common.chunks import chunks
from rlmrec.data.dataset import Dataset

VALUES_AT_ONCE = 2**22
"""Entries of item embeddings held at once (16 MiB in float32)."""


def diversity(recommended: np.ndarray, held_out: csr_array, dataset: Dataset) -> float:
    """Return the mean cosine distance between the profile embeddings of two items of a list (Ziegler et al., 2005).

    Distances are averaged within lists first. The result is NaN if no list has two items, or items have no profile
    embeddings.
    """
    item_embeddings = dataset.item_embeddings
    if item_embeddings is None:
        return float("nan")
    size = max(1, VALUES_AT_ONCE // (recommended.shape[1] * item_embeddings.shape[1]))
    total, users = 0.0, 0
    for lists in chunks(len(recommended), size):
        items = recommended[lists]
        there = items >= 0
        # Distinct items only, since vectors may be on disk.
        distinct, inverse = np.unique(np.maximum(items, 0), return_inverse=True)
        vectors = np.asarray(item_embeddings[distinct], dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        listed = vectors[inverse.reshape(items.shape)] * there[:, :, None]
        # The similarities of all pairs of a list sum to the squared norm of its sum, minus each item with itself.
        pairs = np.square(listed.sum(axis=1)).sum(axis=1) - np.square(listed).sum(axis=(1, 2))
        n = there.sum(axis=1)
        several = n > 1
        total += float(np.sum(1 - pairs[several] / (n[several] * (n[several] - 1)), dtype=np.float64))
        users += int(several.sum())
    return total / users if users else float("nan")
