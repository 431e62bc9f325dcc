"""Contrastive reconstruction of profile embeddings."""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

EPSILON = 1e-8


def reconstruction(prediction: Tensor, target: Tensor, temperature: float) -> Tensor:
    """Return the generative alignment loss of RLMRec (WWW 2024), section 3.4, with both published guards (quirk Q9).

    With ``s_ij = cos(prediction_i, target_j) / t``:
    ``mean_i -log(exp(s_ii) / (sum_j exp(s_ij) + 1e-8) + 1e-8)``, shifted so that it cannot overflow.

    Args:
        prediction: ``(n, T)``.
        target: ``(n, T)``.
        temperature: divides the cosine similarities.

    Returns:
        A scalar.
    """
    cosine = normalize(prediction, dim=-1) @ normalize(target, dim=-1).T
    similarity = cosine.to(prediction.dtype) / temperature  # (n, n)
    log_total = torch.logsumexp(similarity, dim=1)
    log_total = torch.logaddexp(log_total, torch.full_like(log_total, math.log(EPSILON)))
    return -((similarity.diagonal() - log_total).exp() + EPSILON).log().mean()
