"""Ranking of all items for a chunk of users."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from rlmrec.backbones.scores import Scores
from rlmrec.common.room import number_at_once

SCORES_AT_ONCE = {"cpu": 2**20, "cuda": 2**26}
"""Scores held at once, by device type: few enough for a CPU's cache, or enough to keep a GPU busy."""
FEWEST_USERS = 16
"""Least number of users ranked at once, for any number of items: every product reads all item embeddings."""


def scored_top_items(
    scores: Scores, users: Tensor, seen: Tensor, k: int, excluded: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the best items of some users, except seen ones, and their scores, computed in full precision.

    Args:
        scores: scores of all items for all users.
        users: user numbers, ``(V,)``.
        seen: row in ``users`` and item of interactions to leave out, sorted by row, ``(2, S)``.
        k: length of the rankings.
        excluded: mask of items that are never ranked, ``(I,)`` bool; none if left out.

    Returns:
        Item numbers, best first, -1 if there are fewer than ``k`` candidates, ``(V, k)``, and their scores, ``-inf``
        for gaps, ``(V, k)``.
    """
    size = max(FEWEST_USERS, number_at_once(SCORES_AT_ONCE, users.device) // scores.num_items)
    starts = range(0, len(users), size)
    borders = _borders(seen, [*starts, len(users)])
    shape = len(users), min(k, scores.num_items)
    ranking, best = users.new_empty(shape), users.new_empty(shape, dtype=scores.dtype)
    with torch.autocast(users.device.type, enabled=False):
        for start, first, last in zip(starts, borders[:-1], borders[1:], strict=True):
            part = slice(start, start + size)
            found = scores.of(users[part])
            rows, columns = seen[:, first:last]
            found[rows - start, columns] = -torch.inf
            if excluded is not None:
                found.masked_fill_(excluded, -torch.inf)
            best[part], ranking[part] = found.topk(shape[1])
    ranking.masked_fill_(best == -torch.inf, -1)
    absent = (0, k - shape[1])
    return pad(ranking, absent, value=-1), pad(best, absent, value=-torch.inf)


def _borders(seen: Tensor, starts: list[int]) -> list[int]:
    """Return the positions in ``seen (2, S)`` at which the rows of each chunk of users begin, and the end."""
    if len(starts) == 2:  # a single chunk needs no lookup and no wait for a GPU
        return [0, seen.shape[1]]
    return torch.searchsorted(seen[0].contiguous(), torch.tensor(starts, device=seen.device)).tolist()
