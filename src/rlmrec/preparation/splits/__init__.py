"""Splits into training, validation and test."""

from rlmrec.preparation.splits.base import NAMES, TEST, TRAIN, VAL, Orphans, Split
from rlmrec.preparation.splits.cold import ColdEntities
from rlmrec.preparation.splits.given import GivenSplit
from rlmrec.preparation.splits.leave_last import LeaveLast
from rlmrec.preparation.splits.random_interactions import RandomInteractions
from rlmrec.preparation.splits.random_per_user import RandomPerUser
from rlmrec.preparation.splits.temporal import TemporalCut

__all__ = [
    "NAMES",
    "TEST",
    "TRAIN",
    "VAL",
    "ColdEntities",
    "GivenSplit",
    "LeaveLast",
    "Orphans",
    "RandomInteractions",
    "RandomPerUser",
    "Split",
    "TemporalCut",
]
