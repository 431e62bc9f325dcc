"""The embedded dataset: real books, simulated readers."""

from rlmrec.bookshelf.dataset import BookshelfDataset

__all__ = ["BookshelfDataset"]
