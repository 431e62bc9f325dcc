"""Tests of what a run stored, and the results that a run tells."""
