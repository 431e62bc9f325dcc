"""Rankings by embeddings of all users."""

import torch
from torch import Tensor

from rlmrec.backbones.scores import EmbeddingScores
from rlmrec.evaluation.ranking import scored_top_items


def ranked_and_scored(
    users: Tensor, items: Tensor, seen: Tensor, k: int, excluded: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    return scored_top_items(EmbeddingScores(users, items), torch.arange(len(users)), seen, k, excluded)


def top_items(users: Tensor, items: Tensor, seen: Tensor, k: int, excluded: Tensor | None = None) -> Tensor:
    return ranked_and_scored(users, items, seen, k, excluded)[0]
