"""The two-layer projector between collaborative and text space."""

from torch import Tensor, nn


class MLPProjector(nn.Sequential):
    """Linear, LeakyReLU, linear; the hidden width is the mean of input and output width, as in RLMRec.

    Args:
        text_dim: width ``T`` of profile embeddings.
        output_dim: width ``D`` of node embeddings.
        to_text: whether to map ``D`` to ``T`` instead of ``T`` to ``D``.
    """

    def __init__(self, text_dim: int, output_dim: int, to_text: bool = False) -> None:
        source, target = (output_dim, text_dim) if to_text else (text_dim, output_dim)
        hidden = nn.Linear(source, (source + target) // 2)
        output = nn.Linear(hidden.out_features, target)
        for layer in (hidden, output):  # Xavier weights, default biases (quirk Q14)
            nn.init.xavier_uniform_(layer.weight)
        super().__init__(hidden, nn.LeakyReLU(), output)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, source)`` to ``(n, target)`` and return the precision of ``x``, also under autocast."""
        return super().forward(x).to(x.dtype)
