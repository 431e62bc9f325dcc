"""Helpers shared by all other packages: errors, seeds, files, processes and the location of the configuration."""
