"""From files to arrays to batches."""

from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.published import PublishedDataset

__all__ = ["Dataset", "FolderDataset", "InteractionDataModule", "PublishedDataset"]
