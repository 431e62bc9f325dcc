"""Folders of the project."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
PROJECT = TESTS.parent
SOURCE = PROJECT / "src"
FIXTURES = TESTS / "fixtures"
