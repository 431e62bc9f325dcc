"""Projectors between collaborative and text space, one per file."""

from rlmrec.projectors.mlp import Projector

__all__ = ["Projector"]
