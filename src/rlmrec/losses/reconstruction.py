"""Contrastive reconstruction of profile embeddings."""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch.utils.checkpoint import checkpoint

from rlmrec.losses.log_sum_exp import rows_at_once

EPSILON = 1e-8
MOST_AT_ONCE = 2**25
"""Most similarities kept for the gradient; larger matrices are recomputed in the backward pass, chunk by chunk."""


def reconstruction(prediction: Tensor, target: Tensor, temperature: float) -> Tensor:
    """Return the generative alignment loss of RLMRec (WWW 2024), section 3.4, with both published guards (quirk Q9).

    With ``s_ij = cos(prediction_i, target_j) / t``:
    ``mean_i -log(exp(s_ii) / (sum_j exp(s_ij) + 1e-8) + 1e-8)``, computed without overflow.

    Args:
        prediction: predicted profile embeddings, ``(n, T)``.
        target: profile embeddings, ``(n, T)``.
        temperature: divisor ``t`` of the cosine similarities.

    Returns:
        A scalar.
    """
    prediction, target = normalize(prediction, dim=-1), normalize(target, dim=-1)
    if len(target) ** 2 <= MOST_AT_ONCE:
        return _row_losses(prediction, target, 0, temperature).mean()
    parts, start = [], 0
    for rows in prediction.split(rows_at_once(prediction.device, len(target))):
        parts.append(checkpoint(_row_losses, rows, target, start, temperature, use_reentrant=False))
        start += len(rows)
    return torch.cat(parts).mean()


def _row_losses(prediction: Tensor, target: Tensor, start: int, temperature: float) -> Tensor:
    """Return the losses of consecutive rows, ``(m,)``; row 0 is matched with target ``start``."""
    with torch.autocast(prediction.device.type, enabled=False):  # exponents need full precision
        similarity = prediction @ target.T / temperature  # (m, n)
        log_total = torch.logsumexp(similarity, dim=1)
        log_total = torch.logaddexp(log_total, torch.full_like(log_total, math.log(EPSILON)))
        return -((similarity.diagonal(start) - log_total).exp() + EPSILON).log()
