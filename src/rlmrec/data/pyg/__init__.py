"""Conversion between datasets and PyTorch Geometric graphs."""

from rlmrec.data.pyg.dataset import PyGDataset
from rlmrec.data.pyg.from_graph import from_pyg
from rlmrec.data.pyg.to_graph import to_pyg

__all__ = ["PyGDataset", "from_pyg", "to_pyg"]
