"""Scores of users and items without training interactions."""
