"""Bayesian personalised ranking."""

from torch import Tensor
from torch.nn.functional import softplus


def bpr(users: Tensor, positives: Tensor, negatives: Tensor) -> Tensor:
    """Return the loss of Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (UAI 2009).

    Args:
        users: user embeddings, ``(B, D)``.
        positives: embeddings of interacted items, ``(B, D)``.
        negatives: embeddings of sampled items, ``(B, D)``.

    Returns:
        ``mean softplus(<u, n> - <u, p>)``, a scalar.
    """
    return softplus((users * (negatives - positives)).sum(-1)).mean()
