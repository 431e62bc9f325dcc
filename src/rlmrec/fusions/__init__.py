"""Fusions of node embeddings and profile embeddings into scored embeddings, one per file."""

from rlmrec.fusions.add import Add
from rlmrec.fusions.base import Fusion
from rlmrec.fusions.concat import Concat
from rlmrec.fusions.gate import Gate
from rlmrec.fusions.kar import KAR
from rlmrec.fusions.none import NoFusion

__all__ = ["KAR", "Add", "Concat", "Fusion", "Gate", "NoFusion"]
