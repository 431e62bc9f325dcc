"""The datasets published with RLMRec."""

from rlmrec.data.published.dataset import PublishedDataset

__all__ = ["PublishedDataset"]
