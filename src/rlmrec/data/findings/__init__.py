"""Findings on a dataset: unusual but allowed content, measured and reported one line each."""
