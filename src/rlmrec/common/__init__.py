"""Helpers for every other folder: errors, seeds, files, processes and the place of the configuration."""
