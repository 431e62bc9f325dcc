"""Initialisers of initial embeddings, one per file."""

from rlmrec.initialisers.alpha_fuse import AlphaFuse
from rlmrec.initialisers.base import Initialiser
from rlmrec.initialisers.text import FromText
from rlmrec.initialisers.xavier import Xavier

__all__ = ["AlphaFuse", "FromText", "Initialiser", "Xavier"]
