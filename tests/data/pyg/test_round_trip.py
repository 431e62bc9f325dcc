"""From a dataset to a graph of PyTorch Geometric, into a file, and back."""

from dataclasses import fields, replace
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
from rlmrec.data.pyg import PyGDataset, from_pyg


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


@pytest.mark.parametrize("side", ["user_embeddings", "item_embeddings"])
def test_embeddings_of_one_side_and_weights_survive(side: str, tmp_path: Path) -> None:
    dataset = replace(tiny.dataset(), **{side: None}, embeddings_info={"encoder": "x"})
    dataset = replace(dataset, train_weights=np.arange(dataset.train.nnz, dtype=np.float32))
    assert_same(PyGDataset(file=str(saved(dataset.to_pyg(), tmp_path))).load(), dataset)


def test_weights_of_repeated_edges_add_up_and_follow_a_random_split(caplog: pytest.LogCaptureFixture) -> None:
    graph = tiny.dataset(with_text=False).to_pyg()
    edges = graph["user", "interacts", "item"]
    del edges["val_edge_label_index"], edges["test_edge_label_index"]
    edges.edge_index = edges.edge_index.repeat(1, 2)
    edges.edge_weight = (edges.edge_index[0] * 100 + edges.edge_index[1]).float()
    found = from_pyg(graph)
    users, items = found.train.tocoo().coords
    assert found.train_weights.tolist() == [2.0 * (100 * u + i) for u, i in zip(users, items, strict=True)]
    for wrong in (edges.edge_weight[:-1], -edges.edge_weight - 1, edges.edge_weight / 0):
        caplog.clear()
        edges.edge_weight = wrong
        assert from_pyg(graph).train_weights is None
        assert "edge_weight is left out: it holds no number of at least 0 for each edge" in caplog.text


@pytest.mark.parametrize("disjoint", [0.0, 0.5])
def test_weights_survive_a_random_link_split(disjoint: float) -> None:
    graph = tiny.dataset(with_text=False).to_pyg()
    edges = graph["user", "interacts", "item"]
    edges.edge_weight = (edges.edge_index[0] * 100 + edges.edge_index[1] + 2).float()
    options = {"edge_types": ("user", "interacts", "item"), "disjoint_train_ratio": disjoint}
    found = from_pyg(RandomLinkSplit(0.1, 0.1, add_negative_train_samples=False, **options)(graph))
    users, items = found.train.tocoo().coords
    own = [100.0 * u + i + 2 for u, i in zip(users, items, strict=True)]
    known = [weight == expected for weight, expected in zip(found.train_weights.tolist(), own, strict=True)]
    assert sum(known) / len(known) > (0.4 if disjoint else 0.99)
    assert set(found.train_weights[~np.array(known)]) <= {1.0}, "of edges that are there to be predicted alone"


@pytest.mark.parametrize("dtype", [">f4", "longdouble", "float16"])
def test_embeddings_of_any_kind_of_numbers_become_those_of_torch(dtype: str) -> None:
    vectors = np.ones((tiny.NUM_USERS, 12), dtype)
    x = replace(tiny.dataset(), user_embeddings=vectors).to_pyg()["user"].x
    assert x.dtype == (torch.float16 if dtype == "float16" else torch.float32) and bool((x == 1).all())
