"""Approximate nearest-neighbour indexes, one per library."""
