"""Tables of a dataset folder's content and of the raw data it was made of."""

from rlmrec.preparation.tables.check import print_check

__all__ = ["print_check"]
