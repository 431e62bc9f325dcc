"""The projector of several experts between collaborative and text space."""

import torch
from torch import Tensor, nn

NUM_EXPERTS = 8


class MoEProjector(nn.Module):
    """Hou et al., "Towards Universal Sequence Representation Learning for Recommender Systems" (KDD 2022), section 2.1.

    Eight linear experts, weighted by a softmax gate over the same input: ``sum_k g_k(x) (W_k x + b_k)``. The published
    code adds noise to the gate in training; here the gate has no noise.

    Args:
        text_dim: width ``T`` of profile embeddings.
        output_dim: width ``D`` of node embeddings.
        to_text: whether to map ``D`` to ``T`` instead of ``T`` to ``D``.
    """

    def __init__(self, text_dim: int, output_dim: int, to_text: bool = False) -> None:
        super().__init__()
        source, self.target = (output_dim, text_dim) if to_text else (text_dim, output_dim)
        self.experts = nn.Linear(source, NUM_EXPERTS * self.target)
        self.gate = nn.Linear(source, NUM_EXPERTS)
        for expert in self.experts.weight.split(self.target):
            nn.init.xavier_uniform_(expert)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, source)`` to ``(n, target)`` in the precision of ``x``."""
        outputs = self.experts(x).view(len(x), NUM_EXPERTS, self.target)
        return torch.einsum("nk,nkt->nt", self.gate(x).softmax(dim=1), outputs).to(x.dtype)
