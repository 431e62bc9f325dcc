"""Uses of a trained model: lists of items for users, neighbours, newcomers, and export."""

from rlmrec.recommending.newcomers import NOBODY, Newcomers
from rlmrec.recommending.request import ListRequest
from rlmrec.recommending.served_model import ServedModel

__all__ = ["NOBODY", "ListRequest", "Newcomers", "ServedModel"]
