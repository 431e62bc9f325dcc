"""The linear projector between collaborative and text space."""

from torch import Tensor, nn


class LinearProjector(nn.Linear):
    """One linear layer, initialised like those of ``MLPProjector``.

    Args:
        text_dim: width ``T`` of profile embeddings.
        output_dim: width ``D`` of node embeddings.
        to_text: whether to map ``D`` to ``T`` instead of ``T`` to ``D``.
    """

    def __init__(self, text_dim: int, output_dim: int, to_text: bool = False) -> None:
        super().__init__(*((output_dim, text_dim) if to_text else (text_dim, output_dim)))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, source)`` to ``(n, target)`` in the precision of ``x``."""
        return super().forward(x).to(x.dtype)
