"""Ablations of the data: noise among the interactions, and text without meaning."""
