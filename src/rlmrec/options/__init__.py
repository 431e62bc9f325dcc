"""Composition and validation of options, and instantiation of the objects that they describe."""
