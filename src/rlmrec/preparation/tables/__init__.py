"""Printed tables of a dataset folder and of its raw data."""

from rlmrec.preparation.tables.check import print_check

__all__ = ["print_check"]
