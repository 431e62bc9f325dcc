"""What a dataset folder holds and what it was made of, in tables to read."""

from rlmrec.preparation.tables.check import print_check

__all__ = ["print_check"]
