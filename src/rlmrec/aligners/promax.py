"""ProMax's distillation of text preferences."""

import math
from typing import Any

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor
from torch.nn.functional import log_softmax, normalize, softmax
from torch.utils.checkpoint import checkpoint

from rlmrec.aligners.base import Aligner
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.losses import weighted_mean
from rlmrec.losses.log_sum_exp import rows_at_once

LEAST_WEIGHT = 0.1
"""Lower bound of a user's weight, for profiles that are equally close to all items."""
NO_PROFILE = -1e9
"""Logit of items without a profile; finite, so that its product with a probability of 0 is 0."""
ROWS_AT_ONCE = 2**14


class ProMax(Aligner):
    """The distillation of ProMax (2025): node embeddings learn the preferences over all items that profiles express.

    For each distinct user of a batch, ``p = softmax_i(cos(P s_u, P s_i) / t)`` and ``q = softmax_i(cos(e_u, e_i) / t)``
    over all items; the term is the cross-entropy of ``p`` and ``q``, weighted by ``clip(1 - H(p) / log I, 0.1, 1)``, so
    that users whose profiles express no preference count least. Users without a profile do not count at all, and items
    without one are left out of both distributions; the authors' data has all profiles.

    ``P`` projects onto principal components scaled to variance 1. The authors compute them separately for users and
    items, so that their cosines compare vectors in different bases; here both share one basis. The authors leave
    layer 0 out of ``e``; here ``e`` are the node embeddings that the backbone returns. The authors stop after 20
    validations without improvement.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: embedding dimension ``d``.
        output_dim: output width ``D``.
        weight: weight of the term; published values are 1.5 for amazon and 0.5 for the others.
        temperature: softmax temperature of both distributions.
        num_components: number of principal components, at most the width of profile embeddings.
    """

    reads_all_nodes = True
    own_texts = True
    has_static_shapes = True

    components: Tensor
    has_profile: Tensor

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.5,
        temperature: PositiveFloat = 0.2,
        num_components: PositiveInt = 64,
    ) -> None:
        super().__init__()
        self.register_buffer("components", whitened(profile_embeddings, num_components), persistent=False)
        self.register_buffer("has_profile", self.components.any(1), persistent=False)
        self.num_profiles = int(self.has_profile[num_users:].sum())
        self.num_users = num_users
        self.weight = weight
        self.temperature = temperature

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        found = batch.unique_ids([batch.users], self.num_users)
        users, items = normalize(nodes[found.ids], dim=1), normalize(nodes[self.num_users :], dim=1)
        rows = rows_at_once(nodes.device, len(items))
        parts: list[Any] = []
        for some, ids in zip(users.split(rows), found.ids.split(rows), strict=True):
            # Recomputed in the backward pass: all products of a batch would fill the memory.
            parts.append(checkpoint(self._cross_entropies, some, ids, items, use_reentrant=False))
        return {"align": self.weight * weighted_mean(torch.cat(parts), found.once)}

    def _cross_entropies(self, users: Tensor, ids: Tensor, items: Tensor) -> Tensor:
        """Return the weighted cross-entropies of some users, ``(n,)``."""
        unknown = ~self.has_profile[self.num_users :]
        with torch.autocast(users.device.type, enabled=False):  # exponents need full precision
            with torch.no_grad():
                logits = self.components[ids] @ self.components[self.num_users :].T / self.temperature
                logits = logits.masked_fill(unknown, NO_PROFILE)
                taught = softmax(logits, dim=1)
                entropy = -(taught * log_softmax(logits, dim=1)).sum(1)
                certainty = 1 - entropy / max(math.log(max(self.num_profiles, 1)), 1e-12)
                certainty = certainty.clamp(LEAST_WEIGHT, 1) * self.has_profile[ids]
            learned = log_softmax((users @ items.T / self.temperature).masked_fill(unknown, NO_PROFILE), dim=1)
            return -certainty * (taught * learned).sum(1)


def whitened(profile_embeddings: ProfileEmbeddings, num_components: int) -> Tensor:
    """Project profile embeddings on principal components of variance 1 and scale the rows to unit length, ``(N, C)``.

    Nodes without a profile, whose embeddings are zero, do not influence the components and stay zero.
    """
    count, width = profile_embeddings.shape
    parts = [slice(start, min(start + ROWS_AT_ONCE, count)) for start in range(0, count, ROWS_AT_ONCE)]
    total, squares, known = torch.zeros(width).double(), torch.zeros(width, width).double(), 0
    for part in parts:
        rows = profile_embeddings[part].double()
        rows = rows[rows.any(1)]
        total, squares, known = total + rows.sum(0), squares + rows.T @ rows, known + len(rows)
    mean = total / max(known, 1)
    variances, directions = torch.linalg.eigh(squares / max(known, 1) - mean.outer(mean))
    kept = slice(-min(num_components, width), None)
    scale = directions[:, kept] * variances[kept].clamp(min=1e-10).rsqrt()
    made = []
    for part in parts:
        rows = profile_embeddings[part].double()
        made.append(normalize((rows - mean) @ scale * rows.any(1, keepdim=True), dim=1).float())
    return torch.cat(made)
