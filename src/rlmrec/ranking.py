"""Ranking of all items for a chunk of users."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def top_items(users: Tensor, items: Tensor, seen: Tensor, k: int) -> Tensor:
    """The best items of each user by dot product, seen items left out.

    Args:
        users: user vectors, ``(V, D)``.
        items: item vectors, ``(I, D)``.
        seen: row and item of interactions to leave out, ``(2, S)``.
        k: length of the ranking.

    Returns:
        Item numbers, best first, -1 where fewer than ``k`` candidates exist, ``(V, k)``.
    """
    return scored_top_items(users, items, seen, k)[0]


def scored_top_items(users: Tensor, items: Tensor, seen: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """What ``top_items`` returns, and the score of each, ``-inf`` where there is no item, ``(V, k)``."""
    scores = users @ items.T  # (V, I)
    scores[seen[0], seen[1]] = -torch.inf
    best, ranking = scores.topk(min(k, len(items)))
    absent = (0, k - ranking.shape[1])
    return pad(ranking.masked_fill(best == -torch.inf, -1), absent, value=-1), pad(best, absent, value=-torch.inf)
