"""Reading PyTorch Geometric graphs from untrusted files without executing code."""

from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData
from torch_geometric.data.feature_store import TensorAttr
from torch_geometric.data.graph_store import EdgeAttr
from torch_geometric.data.storage import BaseStorage, EdgeStorage, NodeStorage

from rlmrec.common.bounded.torch_files import check_archive
from rlmrec.common.errors import MissingFilesError, UserError, one_line

CLASSES = (HeteroData, BaseStorage, NodeStorage, EdgeStorage, TensorAttr, EdgeAttr)
"""Classes that a graph consists of, all of which only store data."""


def read_graphs(path: Path) -> list[HeteroData]:
    """Return the graph in a file, or the training, validation and test graphs.

    Args:
        path: path of a file written by ``torch.save``: a ``HeteroData`` or its ``to_dict``, a list of three of either,
            as from ``RandomLinkSplit``, or the format of the ``torch_geometric.datasets`` classes.

    Raises:
        UserError: if the file is missing or damaged, holds something else, or cannot be read without executing code.
    """
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing: write it with torch.save(dataset.to_pyg(), {str(path)!r})")
    try:
        check_archive(path, closed=[f"{part.__module__} {part.__name__}" for part in CLASSES])
        with torch.serialization.safe_globals([*CLASSES]):
            content = torch.load(path, weights_only=True, map_location="cpu")
        return _graphs(content)
    except Exception as error:  # torch may raise any exception on a damaged file
        reason = one_line(error).partition("Weights only load failed.")[0] or "it holds more than tensors and texts"
        raise UserError(
            f"{path} is no graph that can be read safely ({reason[:200]}): write it by torch.save(graph.to_dict(), ...)"
        ) from None


def _graphs(content: Any) -> list[HeteroData]:
    """Return the graphs in the loaded content of a file.

    Raises:
        ValueError: if it is something else; says what.
    """
    if isinstance(content, HeteroData | dict):
        return [_graph(content)]
    if isinstance(content, list | tuple) and len(content) == 3 and isinstance(content[2], HeteroData | dict):
        return [_graph(part) for part in content]
    if isinstance(content, list | tuple) and len(content) in (2, 3):  # written by InMemoryDataset.save
        if content[1] is not None:
            raise ValueError("it holds many graphs, but one of users and items is needed")
        return [_graph(content[0])]
    raise ValueError(f"it holds a {type(content).__name__} instead of a HeteroData")


def _graph(part: Any) -> HeteroData:
    if isinstance(part, dict) and any(isinstance(name, tuple) for name in part):
        part = HeteroData.from_dict(part)
    if not isinstance(part, HeteroData):
        raise ValueError(f"it holds a {type(part).__name__} instead of a HeteroData")
    return part
