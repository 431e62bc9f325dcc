"""Pairs of settings that are compared."""
