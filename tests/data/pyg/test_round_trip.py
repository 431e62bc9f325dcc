"""From a dataset to a graph of PyTorch Geometric, into a file, and back."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from scipy.sparse import csr_array
from torch_geometric.loader import LinkNeighborLoader
from torch_geometric.nn import GraphSAGE, to_hetero
from torch_geometric.transforms import RandomLinkSplit, ToUndirected
from torch_geometric.typing import WITH_PYG_LIB, WITH_TORCH_SPARSE

import tiny
from graphs import EDGES, matrices, saved
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.pyg import PyGDataset


def assert_same(found: Dataset, expected: Dataset) -> None:
    """Every field of both is equal, but for the files, and what to say where embeddings are missing."""
    for field in {field.name for field in fields(Dataset)} - {"files", "embedding_files", "missing_embeddings"}:
        ours, theirs = getattr(found, field), getattr(expected, field)
        if isinstance(theirs, csr_array):
            assert ours.has_canonical_format and ours.dtype == theirs.dtype
            assert ours.shape == theirs.shape and not (ours != theirs).nnz, field
        elif isinstance(theirs, np.ndarray):
            assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs), field
        elif isinstance(theirs, pl.DataFrame):
            assert ours.equals(theirs), field
        else:
            assert ours == theirs, field
    assert found.fingerprint() == expected.fingerprint()


@pytest.mark.parametrize("as_dict", [True, False])
@pytest.mark.parametrize("with_text", [True, False])
def test_a_dataset_survives_the_way_through_a_file(with_text: bool, as_dict: bool, tmp_path: Path) -> None:
    dataset = tiny.dataset(with_text=with_text)
    graph = dataset.to_pyg()
    path = saved(graph.to_dict() if as_dict else graph, tmp_path)
    found = PyGDataset(file=str(path)).load()
    assert_same(found, dataset)
    assert found.files == (path,) and found.embedding_files == ((path,) if with_text else ())


def test_a_folder_with_mapped_embeddings_survives_too(tiny_folder: Path, tmp_path: Path) -> None:
    dataset = FolderDataset(str(tiny_folder)).load()
    assert isinstance(dataset.user_embeddings, np.memmap) and dataset.embeddings_info
    found = PyGDataset(file=str(saved(dataset.to_pyg(), tmp_path))).load()
    assert_same(found, dataset)
    assert found.text_sha256() == dataset.text_sha256()


def test_what_a_graph_holds() -> None:
    dataset = tiny.dataset()
    graph = dataset.to_pyg()
    assert graph.validate() and graph.node_types == ["user", "item"] and graph.edge_types == [EDGES]
    assert (graph["user"].num_nodes, graph["item"].num_nodes) == dataset.train.shape
    np.testing.assert_array_equal(graph["user"].x, dataset.user_embeddings)
    np.testing.assert_array_equal(graph["item"].x, dataset.item_embeddings)
    names = ("edge_index", "val_edge_label_index", "test_edge_label_index")
    for name, matrix in zip(names, matrices(dataset), strict=True):
        pairs = graph[EDGES][name]
        assert pairs.dtype == torch.int64 and pairs.shape == (2, matrix.nnz)
        assert (matrix[tuple(pairs.numpy())] == 1).all(), name
    graph["user"].x[:] = 0
    assert dataset.user_embeddings is not None and dataset.user_embeddings.any(), "the graph has a copy of its own"


def test_the_tools_of_pyg_take_the_graph() -> None:
    graph = ToUndirected()(tiny.dataset().to_pyg())
    model = to_hetero(GraphSAGE((-1, -1), 8, 2), graph.metadata())
    assert model(graph.x_dict, graph.edge_index_dict)["item"].shape == (tiny.NUM_ITEMS, 8)
    train, _, test = RandomLinkSplit(edge_types=[EDGES], rev_edge_types=[("item", "rev_interacts", "user")])(graph)
    assert train[EDGES].num_edges < test[EDGES].num_edges < graph[EDGES].num_edges


@pytest.mark.skipif(not (WITH_PYG_LIB or WITH_TORCH_SPARSE), reason="PyG's loaders need pyg-lib or torch-sparse")
def test_the_loaders_of_pyg_take_the_graph() -> None:
    graph = ToUndirected()(tiny.dataset().to_pyg())
    wanted = (EDGES, graph[EDGES].val_edge_label_index)
    batch = next(iter(LinkNeighborLoader(graph, [3, 3], edge_label_index=wanted, batch_size=8)))
    assert batch["user"].x.shape[1] == 12
