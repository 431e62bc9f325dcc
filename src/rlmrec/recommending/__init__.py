"""What a trained model is for: lists of items for users, neighbours, new users, and files for other programs."""

from rlmrec.recommending.request import Request
from rlmrec.recommending.served_model import ServedModel

__all__ = ["Request", "ServedModel"]
