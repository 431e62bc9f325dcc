"""Samplers of negatives for training pairs."""

from rlmrec.data.negatives.base import NegativeSampler, NoNegatives
from rlmrec.data.negatives.hardest import HardestNegatives
from rlmrec.data.negatives.popularity import PopularityNegatives
from rlmrec.data.negatives.several import SeveralNegatives
from rlmrec.data.negatives.uniform import UniformNegatives

__all__ = [
    "HardestNegatives",
    "NegativeSampler",
    "NoNegatives",
    "PopularityNegatives",
    "SeveralNegatives",
    "UniformNegatives",
]
