"""Backbones that are fitted at once, not trained: their module, their file, and the run."""
