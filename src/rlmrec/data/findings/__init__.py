"""Findings on a dataset: unusual but allowed content, measured and described in lines for a user."""
