"""Profiles and profile embeddings made elsewhere: read, checked, joined by id, and put into a dataset folder."""
