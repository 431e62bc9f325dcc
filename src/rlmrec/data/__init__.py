"""Datasets as arrays, their files, and the training and evaluation batches drawn from them."""

from typing import TYPE_CHECKING, Any

from rlmrec.data.dataset import Dataset, DatasetLoader
from rlmrec.data.folder import FolderDataset
from rlmrec.data.published import PublishedDataset
from rlmrec.data.validation import validate

if TYPE_CHECKING:
    from rlmrec.data.datamodule import InteractionDataModule

__all__ = ["Dataset", "DatasetLoader", "FolderDataset", "InteractionDataModule", "PublishedDataset", "validate"]


def __getattr__(name: str) -> Any:
    """Import the data module lazily: it loads torch (4 s), which preparation and profile writing do not need."""
    if name == "InteractionDataModule":
        from rlmrec.data.datamodule import InteractionDataModule

        return InteractionDataModule
    raise AttributeError(f"module {__name__} has no attribute {name}")
