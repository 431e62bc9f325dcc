"""Profiles of items and users, written by a language model from training data only."""

from rlmrec.profiles.job import ProfileJob

__all__ = ["ProfileJob"]
