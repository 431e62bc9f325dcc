"""Weighted sums of two scores of the same users and items."""

import torch
from torch import Tensor

from rlmrec.backbones.scores import Matrix, Scores
from rlmrec.common.errors import UserError


class BlendedScores(Scores):
    """The weighted sum of two scores, each standardised over the items of a user.

    Args:
        first: first scores, with weight 1.
        second: second scores, of the same users and items.
        weights: weights of the second scores by user, ``(num_users,)``; for 0 the first scores are returned
            unchanged, and for infinity the second.
    """

    def __init__(self, first: Scores, second: Scores, weights: Tensor) -> None:
        self.first, self.second, self.weights = first, second, weights.to(first.device)
        self.num_users, self.num_items = first.num_users, first.num_items
        self.dtype, self.device = first.dtype, first.device

    def of(self, users: Tensor) -> Tensor:
        first, second, weights = self.first.of(users), self.second.of(users), self.weights[users, None]
        alone = torch.isinf(weights)
        blended = standardised(first) + weights.masked_fill(alone, 0) * standardised(second)
        return torch.where(weights == 0, first, torch.where(alone, second, blended))

    def products(self) -> list[list[Matrix]]:
        raise UserError("blended scores are no sums of products of matrices")


def standardised(scores: Tensor) -> Tensor:
    """Return scores ``(V, num_items)`` with mean 0 and standard deviation 1 per row; constant rows become 0."""
    centred = scores - scores.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt().clamp(min=torch.finfo(scores.dtype).tiny)
