"""Contrastive alignment (RLMRec-Con)."""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Literal

import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from torch import Tensor

from rlmrec.aligners.contrasted import CONTRASTS, Contrast, ContrastWith, sampled
from rlmrec.aligners.projected import ProjectedAligner
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Batch
from rlmrec.graph.batch import UniqueIds
from rlmrec.losses import cosine_error, info_nce, squared_error
from rlmrec.projectors import ProjectorKind

Loss = Literal["info_nce", "sce", "mse"]
Direction = Literal["one", "both"]
PAIRED: dict[Loss, Callable[[Tensor, Tensor, Tensor | None], Tensor]] = {"sce": cosine_error, "mse": squared_error}
"""Losses that compare a node with its own profile only."""


class Contrastive(ProjectedAligner):
    """Contrastive alignment of RLMRec (WWW 2024), section 3.3.

    Profiles are projected into collaborative space. Users are contrasted with the profiles of all users, positives
    and negatives with those in the batch, including duplicates (quirk Q10). With backbones without negatives, only
    users and positives are aligned (quirk Q2).

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        embedding_dim: embedding dimension ``d``.
        output_dim: output width ``D``.
        weight: weight of the alignment term.
        temperature: softmax temperature of the contrast.
        contrast_with: profiles that nodes are contrasted with. ``all_users`` is the published choice; the others change
            the loss: ``batch`` contrasts users, too, within the batch only, ``sampled`` contrasts users with the batch
            and a weighted sample of other users, ``all_items`` contrasts users with all users and items with all items.
        num_sampled: number of users drawn for ``sampled``.
        direction: ``one``, as published, or ``both``, the mean of that loss and the reverse one, in which each profile
            of the batch is contrasted with the node embeddings of the batch.
        loss: ``info_nce``, as published, ``sce`` (``(1 - cos)^3``) or ``mse`` (mean squared difference). The latter two
            compare a node with its own profile only and ignore the options of the contrast.
        projector: ``mlp`` (two layers, as published), ``linear`` or ``moe`` (several linear experts).
    """

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        embedding_dim: int,
        output_dim: int,
        weight: NonNegativeFloat = 0.01,
        temperature: PositiveFloat = 0.2,
        contrast_with: ContrastWith = "all_users",
        num_sampled: PositiveInt = 4096,
        direction: Direction = "one",
        loss: Loss = "info_nce",
        projector: ProjectorKind = "mlp",
    ) -> None:
        super().__init__(profile_embeddings, num_users, output_dim, weight, projector)
        self.temperature = temperature
        self.contrasts = CONTRASTS[contrast_with]
        self.num_sampled = num_sampled
        self.both_directions = direction == "both"
        self.paired_loss = PAIRED.get(loss)
        self.has_static_shapes = sampled not in self.contrasts or self.paired_loss is not None

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        users, *items = batch.node_ids(self.num_users)
        kinds = (range(self.num_users), [users]), (range(self.num_users, len(nodes)), items)
        terms: list[Tensor] = []
        for (kind, groups), contrast in zip(kinds, self.contrasts, strict=True):
            if kind.start in self.with_text:
                found = [batch.unique_ids([ids], len(nodes)) for ids in groups]
                terms += self._terms(nodes, kind, found, contrast)
        return {"align": self.weight * reduce(torch.add, terms)}

    def _terms(
        self, nodes: Tensor, kind: range, groups: Sequence[UniqueIds], contrast: Contrast | None
    ) -> Iterator[Tensor]:
        """Yield the loss term of each group of nodes; the groups are either all users or all items."""
        if self.paired_loss is not None:
            for found, matches in zip(groups, self._texts(nodes, groups), strict=True):
                yield self.paired_loss(nodes[found.ids], matches, found.counts)
            return
        for found, matches, candidates, weights in self._candidates(nodes, kind, groups, contrast):
            # Repeated rows and candidates are computed once and weighted by their number of occurrences.
            rows, counts = nodes[found.ids], found.counts
            term = info_nce(rows, matches, candidates, self.temperature, counts, weights)
            if self.both_directions:
                term = (term + info_nce(matches, rows, rows, self.temperature, counts, counts)) / 2
            yield term

    def _candidates(
        self, nodes: Tensor, kind: range, groups: Sequence[UniqueIds], contrast: Contrast | None
    ) -> Iterator[tuple[UniqueIds, Tensor, Tensor, Tensor | None]]:
        """Yield each group with the projected profiles of its nodes and of all candidates, and candidate weights."""
        if contrast is None:
            for found, texts in zip(groups, self._texts(nodes, groups), strict=True):
                yield found, texts, texts, found.counts
            return
        for found in groups:
            rows, positive_index, weights = contrast(kind, found, self.num_sampled)
            texts = self.projector(self.profile_embeddings[rows].to(nodes))
            yield found, texts[positive_index], texts, weights

    def _texts(self, nodes: Tensor, groups: Sequence[UniqueIds]) -> Iterator[Tensor]:
        """Yield the projected profiles of each group; with dynamic shapes, nodes in several are projected once."""
        together = torch.cat([found.ids for found in groups])
        if groups[0].once is not None:
            texts = self.projector(self.profile_embeddings[together].to(nodes))
            yield from texts.split([len(found.ids) for found in groups])
            return
        in_groups = together.unique()
        texts = self.projector(self.profile_embeddings[in_groups].to(nodes))
        for found in groups:
            yield texts[torch.searchsorted(in_groups, found.ids)]
