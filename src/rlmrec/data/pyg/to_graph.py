"""Conversion of a dataset to a PyTorch Geometric graph."""

import numpy as np
import polars as pl
import torch
from torch_geometric.data import HeteroData

from rlmrec.data.dataset import TEXT_COLUMNS, Dataset
from rlmrec.data.matrices import coordinates
from rlmrec.data.profile_embeddings import OF_TORCH

USER, ITEM = "user", "item"
"""Node types of the resulting graph."""
RELATION = "interacts"


def to_pyg(dataset: Dataset) -> HeteroData:
    """Convert a dataset to a graph, from which ``from_pyg`` restores an equal dataset.

    - ``user`` and ``item``: ``num_nodes``, and the profile embeddings as ``x``, ``(n, T)``, if there are any.
    - ``(user, interacts, item)``: the training interactions as ``edge_index``, ``(2, E)``, with any weights as
      ``edge_weight``, ``(E,)``, and the held-out ones as ``val_edge_label_index`` and ``test_edge_label_index``.
    - graph: ``name``, ``description``, ``embeddings_info``, and ``user_table`` and ``item_table``, which hold lists of
      external ids, titles, metadata and profiles. They are not node attributes, because the loaders of PyTorch
      Geometric expect these to be tensors.

    Args:
        dataset: any dataset; memory-mapped embeddings are read into memory.

    Examples:
        >>> graph = dataset.to_pyg()
        >>> torch.save(graph, "graph.pt")                           # train on it: dataset=pyg dataset.file=graph.pt
        >>> torch_geometric.transforms.ToUndirected()(graph)        # for message passing both ways
    """
    graph = HeteroData()
    sides = {
        USER: (dataset.num_users, dataset.user_embeddings, dataset.users),
        ITEM: (dataset.num_items, dataset.item_embeddings, dataset.items),
    }
    for node_type, (count, embeddings, table) in sides.items():
        graph[node_type].num_nodes = count
        if embeddings is not None:
            stored = embeddings if embeddings.dtype in OF_TORCH else embeddings.astype(np.float32)
            graph[node_type].x = torch.from_numpy(np.array(stored))
        graph[f"{node_type}_table"] = _texts(table)
    edges = graph[USER, RELATION, ITEM]
    edge_index, *held_out = (torch.from_numpy(coordinates(matrix)) for matrix in dataset.splits.values())
    edges.edge_index = edge_index
    if dataset.train_weights is not None:
        edges.edge_weight = torch.from_numpy(np.array(dataset.train_weights))
    edges.val_edge_label_index, edges.test_edge_label_index = held_out
    graph.name, graph.description, graph.embeddings_info = dataset.name, dataset.description, dataset.embeddings_info
    return graph


def _texts(table: pl.DataFrame) -> dict[str, list[str]]:
    return {column: table[column].to_list() for column in TEXT_COLUMNS if column in table.columns}
