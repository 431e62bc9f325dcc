"""Backbones that are fitted rather than trained: their module, their file, and the run."""
