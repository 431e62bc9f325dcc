"""Random split of edges, for graphs without validation or test edges."""

from collections.abc import Sequence

import numpy as np


def random_split(pairs: np.ndarray, shares: Sequence[float], seed: int) -> list[np.ndarray]:
    """Split distinct edges at random; every user keeps at least one in the first part.

    Args:
        pairs: user and item of each edge, ``(2, E)``.
        shares: relative sizes of the parts, training first.
        seed: seed of the draw.

    Returns:
        The edges of every part, ``(2, E_i)`` each.

    Examples:
        >>> train, val, test = random_split(pairs, (3, 1, 1), seed=0)
    """
    ranks = np.random.default_rng(seed).permutation(pairs.shape[1])
    borders = np.cumsum(shares)[:-1] / sum(shares)
    parts = np.searchsorted(borders, ranks / max(len(ranks), 1), side="right")
    first = np.full(pairs[0].max(initial=-1) + 1, len(ranks))
    np.minimum.at(first, pairs[0], ranks)
    parts[ranks == first[pairs[0]]] = 0
    return [pairs[:, parts == part] for part in range(len(shares))]
