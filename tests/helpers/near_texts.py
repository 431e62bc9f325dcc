"""Nearest texts, by loops."""

from collections.abc import Collection

import numpy as np

import fitted


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """The cosine of two vectors."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def nearest(texts: np.ndarray, rows: Collection[int], columns: Collection[int], k: int) -> np.ndarray:
    """The cosines of some texts with the k nearest of others, of differences from the mean of these; elsewhere zero.

    Args:
        texts: vectors of all, none zero, ``(n, T)``.
        rows: those whose nearest are found.
        columns: those that may be found; nobody finds itself.
        k: how many are found, fewer where cosines are not positive.

    Returns:
        Matrix ``(n, n)``.
    """
    centred = texts - np.mean([texts[other] for other in columns], axis=0)
    found = np.zeros((len(texts), len(texts)))
    for row in rows:
        near = [0.0] * len(texts)
        for other in columns:
            if other != row:
                near[other] = max(cosine(centred[row], centred[other]), 0)
        found[row] = fitted.largest(near, k)
    return found
