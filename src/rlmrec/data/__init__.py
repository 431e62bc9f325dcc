"""From files to arrays to batches."""

from typing import TYPE_CHECKING, Any

from rlmrec.data.dataset import Dataset, DatasetLoader
from rlmrec.data.folder import FolderDataset
from rlmrec.data.published import PublishedDataset
from rlmrec.data.validation import validate

if TYPE_CHECKING:
    from rlmrec.data.datamodule import InteractionDataModule

__all__ = ["Dataset", "DatasetLoader", "FolderDataset", "InteractionDataModule", "PublishedDataset", "validate"]


def __getattr__(name: str) -> Any:
    """Load torch only where batches are made: preparing data and writing profiles do without its four seconds."""
    if name == "InteractionDataModule":
        from rlmrec.data.datamodule import InteractionDataModule

        return InteractionDataModule
    raise AttributeError(f"module {__name__} has no attribute {name}")
