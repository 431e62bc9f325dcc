"""Ranking of all items for a chunk of users."""

import torch
from torch import Tensor
from torch.nn.functional import pad

SCORES_AT_ONCE = {"cpu": 2**20, "cuda": 2**26}
"""Scores held at once, by kind of device: few enough for a CPU's cache, or enough to keep a GPU busy."""
FEWEST_USERS = 16
"""Users ranked at once at least, however many items there are: every product reads all item embeddings."""


def top_items(users: Tensor, items: Tensor, seen: Tensor, k: int, excluded: Tensor | None = None) -> Tensor:
    """Return the best items of each user by dot product without seen items; always in full precision.

    Args:
        users: user embeddings, ``(V, D)``.
        items: item embeddings, ``(I, D)``.
        seen: row and item of interactions to leave out, sorted by row, ``(2, S)``.
        k: length of the ranking.
        excluded: which items are not ranked for anybody, ``(I,)`` bool; none if left out.

    Returns:
        Item numbers, best first, -1 where fewer than ``k`` candidates exist, ``(V, k)``.
    """
    return scored_top_items(users, items, seen, k, excluded)[0]


def scored_top_items(
    users: Tensor, items: Tensor, seen: Tensor, k: int, excluded: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the items of ``top_items``, and the score of each, ``-inf`` where there is no item, ``(V, k)``."""
    size = max(FEWEST_USERS, SCORES_AT_ONCE.get(users.device.type, 2**26) // len(items))
    starts = range(0, len(users), size)
    borders = _borders(seen, [*starts, len(users)])
    shape = len(users), min(k, len(items))
    ranking, best = users.new_empty(shape, dtype=torch.long), users.new_empty(shape)
    with torch.autocast(users.device.type, enabled=False):
        for start, first, last in zip(starts, borders[:-1], borders[1:], strict=True):
            part = slice(start, start + size)
            scores = users[part] @ items.T
            rows, columns = seen[:, first:last]
            scores[rows - start, columns] = -torch.inf
            if excluded is not None:
                scores.masked_fill_(excluded, -torch.inf)
            best[part], ranking[part] = scores.topk(shape[1])
    ranking.masked_fill_(best == -torch.inf, -1)
    absent = (0, k - shape[1])
    return pad(ranking, absent, value=-1), pad(best, absent, value=-torch.inf)


def _borders(seen: Tensor, starts: list[int]) -> list[int]:
    """Return the positions in ``seen (2, S)`` at which the rows of each part of the users begin, and the end."""
    if len(starts) == 2:  # one part: nothing to look up, and nothing for a GPU to be waited for
        return [0, seen.shape[1]]
    return torch.searchsorted(seen[0].contiguous(), torch.tensor(starts, device=seen.device)).tolist()
