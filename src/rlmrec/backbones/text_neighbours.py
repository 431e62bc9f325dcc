"""The nearest nodes by profile."""

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array, vstack
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.neighbours import top_of_rows
from rlmrec.common.chunks import chunks
from rlmrec.data.profile_embeddings import ProfileEmbeddings

ENTRIES_AT_ONCE = 2**24
"""Cosines held at once at most, apart from a single row."""
ROWS_AT_ONCE = 2**14


class ProfileDirections:
    """Profiles that others are compared with, by cosine.

    Their mean is taken off first: what all profiles have in common tells nothing. A profile embedding of zeros is that
    of a node without a profile (``own_texts``), which is near to none.

    Args:
        embeddings: profile embeddings, ``(m, T)``.
    """

    def __init__(self, embeddings: Tensor) -> None:
        targets, known = embeddings.float(), embeddings.any(1)
        self.mean = targets[known].mean(0) if known.any() else targets.new_zeros(targets.shape[1])
        self.directions = normalize((targets - self.mean) * known[:, None], dim=1)

    @property
    def at_once(self) -> int:
        """Return how many profiles are compared with all of these at once."""
        return max(1, ENTRIES_AT_ONCE // max(1, len(self.directions)))

    def cosines(self, texts: Tensor) -> Tensor:
        """Return the cosines of profile embeddings ``(V, T)`` with each of these, ``(V, m)``."""
        texts = texts.float()
        return normalize((texts - self.mean) * texts.any(1, keepdim=True), dim=1) @ self.directions.T


def nearest_by_text(embeddings: ProfileEmbeddings, rows: np.ndarray, columns: np.ndarray, k: int) -> csr_array:
    """Return how alike profiles are: the largest positive cosines of each row, of equals those of lower columns.

    They are those of ``ProfileDirections``. The pair of a node with itself is left out.

    Args:
        embeddings: profile embeddings of all nodes, ``(N, T)``.
        rows: node ids, ``(n,)``.
        columns: node ids, ascending, ``(m,)``.
        k: entries kept in a row.

    Returns:
        ``(n, m)`` float32, canonical, without stored zeros.
    """
    targets = ProfileDirections(embeddings[torch.from_numpy(columns)])
    at_once = min(ROWS_AT_ONCE, targets.at_once)
    parts: list[Any] = [csr_array((0, len(columns)), dtype=np.float32)]
    for part in chunks(len(rows), at_once):
        ids = rows[part]
        parts.append(_largest(targets.cosines(embeddings[torch.from_numpy(ids)]), ids, columns, k))
    kept = csr_array(vstack(parts, format="csr"))
    kept.sort_indices()
    return kept  # type: ignore[return-value]


def _largest(cosines: Tensor, rows: np.ndarray, columns: np.ndarray, k: int) -> csr_array:
    place = np.searchsorted(columns, rows)
    own = np.flatnonzero((place < len(columns)) & (columns[np.minimum(place, len(columns) - 1)] == rows))
    cosines[own, place[own]] = 0
    return top_of_rows(csr_array(cosines.clamp(min=0).numpy()), k)
