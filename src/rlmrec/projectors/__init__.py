"""Projectors between collaborative and text space, one per file."""

from collections.abc import Callable
from typing import Literal

from torch import nn

from rlmrec.projectors.linear import LinearProjector
from rlmrec.projectors.mlp import MLPProjector
from rlmrec.projectors.moe import MoEProjector

ProjectorKind = Literal["mlp", "linear", "moe"]
PROJECTORS: dict[ProjectorKind, Callable[..., nn.Module]] = {
    "mlp": MLPProjector,
    "linear": LinearProjector,
    "moe": MoEProjector,
}
"""Projector classes by name, called with the widths of profile and node embeddings and optionally ``to_text=True``."""

__all__ = ["PROJECTORS", "LinearProjector", "MLPProjector", "MoEProjector", "ProjectorKind"]
