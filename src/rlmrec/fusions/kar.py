"""KAR's experts."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import torch
from annotated_types import MinLen
from pydantic import PositiveInt
from torch import Tensor, nn

from rlmrec.common.option_types import Rate
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.fusions.base import Fusion


class KAR(Fusion):
    """Xi et al., "Towards Open-World Recommendation with Knowledge Augmentation from Large Language Models" (2024).

    Section 3.4, the hybrid-expert adaptor. Users and items each have a tower that combines shared and own experts
    ``E_k(s)`` by a gate ``a = softmax(V s)``: ``h(s) = sum_k a_k E_k(s)``. The scored embedding is ``[e, h(s)]``, the
    concatenation with the node embedding. There is no additional loss. This is the KAR of RLMRec's table 3.

    Experts are those of KAR's published code: linear layers, each (also the last one) followed by ReLU and dropout. KAR
    feeds a ranking network of its own, whereas scores here are dot products.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        output_dim: width ``D`` of node embeddings.
        shared_experts: number of experts shared by both towers.
        own_experts: number of further experts of each tower.
        widths: widths of the layers of an expert, at least one.
        keep_rate: share of the entries that dropout keeps after every layer.
    """

    def __init__(
        self,
        profile_embeddings: ProfileEmbeddings,
        num_users: int,
        output_dim: int,
        shared_experts: PositiveInt = 2,
        own_experts: PositiveInt = 6,
        widths: Annotated[Sequence[PositiveInt], MinLen(1)] = (128, 32),
        keep_rate: Rate = 1.0,
    ) -> None:
        super().__init__(profile_embeddings, num_users, output_dim)
        text_dim = profile_embeddings.shape[1]
        self.shared = Experts(text_dim, shared_experts, widths, 1 - keep_rate)
        self.users, self.items = (Tower(text_dim, shared_experts, own_experts, widths, 1 - keep_rate) for _ in range(2))
        self.scored_dim = output_dim + widths[-1]

    def fuse_users(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self._fused(self.users, rows, ids, range(self.num_users))

    def fuse_items(self, rows: Tensor, ids: Tensor | slice) -> Tensor:
        return self._fused(self.items, rows, ids, range(self.num_users, self.profile_embeddings.shape[0]))

    def _fused(self, tower: "Tower", rows: Tensor, ids: Tensor | slice, kind: range) -> Tensor:
        """Concatenate the outputs of a tower; if there are more ids than nodes, each node is computed once."""
        if isinstance(ids, Tensor) and len(ids) > len(kind):
            outputs = self._outputs(tower, slice(kind.start, kind.stop), rows).index_select(0, ids - kind.start)
        else:
            outputs = self._outputs(tower, ids, rows)
        return torch.cat([rows, outputs], dim=1)

    def _outputs(self, tower: "Tower", ids: Tensor | slice, rows: Tensor) -> Tensor:
        """Return the outputs of a tower for some nodes, ``(n, H)``, in the precision of their node embeddings."""
        texts = self.profile_embeddings[ids].to(rows)
        return tower(texts, self.shared(texts)).to(rows.dtype)


class Experts(nn.Module):
    """Small networks that all read the same input; their first layers are one matrix.

    Args:
        text_dim: width ``T`` of the input.
        count: number ``K`` of experts.
        widths: widths of the layers of an expert, the last one ``H``.
        dropout: probability of dropping an entry after every layer.
    """

    def __init__(self, text_dim: int, count: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.count = count
        self.first = nn.Linear(text_dim, count * widths[0])
        self.others = nn.ModuleList(Parallel(count, *pair) for pair in pairwise(widths))
        self.dropout = nn.Dropout(dropout)

    def forward(self, texts: Tensor) -> Tensor:
        """Map ``(n, T)`` to the outputs of all experts, ``(n, K, H)``."""
        x = self.dropout(torch.relu(self.first(texts)).view(len(texts), self.count, -1))
        for layer in self.others:
            x = self.dropout(torch.relu(layer(x)))
        return x


class Parallel(nn.Module):
    """One linear layer per expert, initialised like ``nn.Linear``.

    Args:
        count: number ``K`` of experts.
        source: width of the inputs.
        target: width of the outputs.
    """

    def __init__(self, count: int, source: int, target: int) -> None:
        super().__init__()
        layers = [nn.Linear(source, target) for _ in range(count)]
        self.weight = nn.Parameter(torch.stack([layer.weight.detach().T for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers]))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, K, source)`` to ``(n, K, target)``."""
        return torch.einsum("nks,kst->nkt", x, self.weight) + self.bias


class Tower(nn.Module):
    """The own experts of users or of items, and the gate over these and the shared experts.

    Args:
        text_dim: width ``T`` of profile embeddings.
        shared_experts: number of experts shared by both towers.
        own_experts: number of further experts of this tower.
        widths: widths of the layers of an expert, the last one ``H``.
        dropout: probability of dropping an entry after every layer.
    """

    def __init__(
        self, text_dim: int, shared_experts: int, own_experts: int, widths: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.own = Experts(text_dim, own_experts, widths, dropout)
        self.gate = nn.Linear(text_dim, shared_experts + own_experts)

    def forward(self, texts: Tensor, shared: Tensor) -> Tensor:
        """Map profile embeddings ``(n, T)`` and the shared experts' outputs for them ``(n, k, H)`` to ``(n, H)``."""
        experts = torch.cat([shared, self.own(texts)], dim=1)
        gates = self.gate(texts).softmax(dim=1)
        return (gates[:, :, None] * experts).sum(1)
