"""Backends that answer requests."""
