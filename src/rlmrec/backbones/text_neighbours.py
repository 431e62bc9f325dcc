"""Nearest nodes by profile."""

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
"""Most cosines held at once, unless a single row has more."""
ROWS_AT_ONCE = 2**14


class ProfileDirections:
    """Profiles with which others are compared by cosine.

    Their mean is subtracted first, since the common part of all profiles is not informative. A zero embedding, that of
    a node without a profile (``own_texts``), has cosine 0 with all others.

    Args:
        embeddings: profile embeddings, ``(m, T)``.
    """

    def __init__(self, embeddings: Tensor) -> None:
        targets, known = embeddings.float(), embeddings.any(1)
        self.mean = targets[known].mean(0) if known.any() else targets.new_zeros(targets.shape[1])
        self.directions = normalize((targets - self.mean) * known[:, None], dim=1)

    @property
    def at_once(self) -> int:
        """Return the number of profiles that are compared with all of these at once."""
        return max(1, ENTRIES_AT_ONCE // max(1, len(self.directions)))

    def cosines(self, texts: Tensor) -> Tensor:
        """Return the cosines of profile embeddings ``(V, T)`` with each of these, ``(V, m)``."""
        texts = texts.float()
        return normalize((texts - self.mean) * texts.any(1, keepdim=True), dim=1) @ self.directions.T


def nearest_by_text(embeddings: ProfileEmbeddings, rows: np.ndarray, columns: np.ndarray, k: int) -> csr_array:
    """Return the ``k`` largest positive cosines of profiles in each row; ties go to lower columns.

    Cosines are those of ``ProfileDirections``. Pairs of a node with itself are left out.

    Args:
        embeddings: profile embeddings of all nodes, ``(N, T)``.
        rows: node ids, ``(n,)``.
        columns: node ids, ascending, ``(m,)``.
        k: number of entries kept per row.

    Returns:
        Matrix ``(n, m)`` float32, canonical, without stored zeros.
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
