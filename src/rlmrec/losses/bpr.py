"""Bayesian personalised ranking."""

from torch import Tensor
from torch.nn.functional import softplus

from rlmrec.losses.weighted_mean import weighted_mean


def bpr(users: Tensor, positives: Tensor, negatives: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the loss of Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (UAI 2009).

    Args:
        users: user embeddings, ``(B, D)``.
        positives: embeddings of interacted items, ``(B, D)``.
        negatives: embeddings of sampled items, ``(B, D)``.
        weights: weight of each triple, ``(B,)``; 1 if left out.

    Returns:
        Weighted ``mean softplus(<u, n> - <u, p>)``, a scalar.
    """
    return weighted_mean(softplus((users * (negatives - positives)).sum(-1)), weights)
