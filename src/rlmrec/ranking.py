"""Ranking of all items for a chunk of users."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def top_items(users: Tensor, items: Tensor, seen: Tensor, k: int, left_out: Tensor | None = None) -> Tensor:
    """The best items of each user by dot product, seen items left out.

    Args:
        users: user vectors, ``(V, D)``.
        items: item vectors, ``(I, D)``.
        seen: row and item of interactions to leave out, ``(2, S)``.
        k: length of the ranking.
        left_out: which items are no candidates for anybody, ``(I,)`` bool; none if left out.

    Returns:
        Item numbers, best first, -1 where fewer than ``k`` candidates exist, ``(V, k)``.
    """
    scores = users @ items.T  # (V, I)
    scores[seen[0], seen[1]] = -torch.inf
    if left_out is not None:
        scores.masked_fill_(left_out, -torch.inf)
    best, ranking = scores.topk(min(k, len(items)))
    return pad(ranking.masked_fill(best == -torch.inf, -1), (0, k - ranking.shape[1]), value=-1)
