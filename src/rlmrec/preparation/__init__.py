"""Preparation of raw data: filtering, splitting and writing dataset folders."""
