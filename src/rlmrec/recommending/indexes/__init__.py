"""Approximate nearest neighbours, each by a library of its own."""
