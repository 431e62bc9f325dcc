"""The built-in dataset: real books and simulated readers."""

from rlmrec.bookshelf.dataset import BookshelfDataset

__all__ = ["BookshelfDataset"]
