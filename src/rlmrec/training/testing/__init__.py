"""Tests of the stored weights and lists of a run, and the results that a run reports."""
