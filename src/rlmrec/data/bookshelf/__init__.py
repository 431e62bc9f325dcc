"""The embedded dataset: real books, simulated readers."""

from rlmrec.data.bookshelf.dataset import BookshelfDataset

__all__ = ["BookshelfDataset"]
