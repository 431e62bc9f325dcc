"""What of a graph of PyTorch Geometric makes a dataset."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import HeteroData
from torch_geometric.transforms import RandomLinkSplit

from graphs import RATES, matrices, rated, saved
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.pyg import PyGDataset, from_pyg
from rlmrec.data.pyg.random_split import random_split


def test_a_graph_without_held_out_edges_is_split_by_the_seed() -> None:
    first, again, other = (from_pyg(rated(), seed=seed, source="ml.pt") for seed in (1, 1, 2))
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()
    assert first.train.shape == (20, 12)
    assert [part.nnz for part in matrices(first)] == [60, 20, 20]
    assert (first.train + first.val + first.test).max() == 1
    assert first.description == "ml.pt: user rates movie; split 3:1:1 at random, seed 1"
    assert first.users["external_id"].to_list() == [str(number) for number in range(20)]


def test_features_of_two_widths_are_no_profile_embeddings() -> None:
    dataset = from_pyg(rated(), source="ml.pt")
    assert dataset.user_embeddings is None and dataset.embeddings_info == {}
    with pytest.raises(MissingFilesError, match=r"ml\.pt has no profile embeddings: give x of user and movie"):
        dataset.profile_embeddings()


def test_test_edges_alone_take_the_validation_from_training() -> None:
    """As torch_geometric.datasets.AmazonBook has them."""
    test = torch.tensor([[0, 1, 2], [6, 11, 2]])
    dataset = from_pyg(rated(edge_label_index=test))
    assert [part.nnz for part in matrices(dataset)] == [75, 25, 3]
    assert dataset.test[[0, 1, 2], [6, 11, 2]].tolist() == [1, 1, 1]
    assert dataset.description.endswith("; validation: a random quarter of the training edges, seed 0")


def test_labels_tell_true_edges_from_sampled_ones() -> None:
    index, label = torch.tensor([[0, 1, 2, 3], [6, 11, 2, 3]]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    held_out = {f"{split}_edge_label_index": index for split in ("val", "test")}
    dataset = from_pyg(rated(**held_out, val_edge_label=label, test_edge_label=1 - label))
    assert dataset.val.tocoo().coords[0].tolist() == [0, 2] and dataset.test.tocoo().coords[0].tolist() == [1, 3]


@pytest.mark.parametrize("disjoint", [0.0, 0.3])
def test_the_graphs_of_a_random_link_split(disjoint: float, tmp_path: Path) -> None:
    torch.manual_seed(0)
    reverse = ("movie", "rated_by", "user")
    split = RandomLinkSplit(0.1, 0.2, edge_types=[RATES], rev_edge_types=[reverse], disjoint_train_ratio=disjoint)
    parts = split(rated())
    with pytest.raises(UserError, match=r"read safely \(it .*\): write it by torch\.save\(graph\.to_dict\(\)"):
        PyGDataset(file=str(saved(parts, tmp_path))).load()  # a graph that was worked with keeps a cache of its own
    path = saved([part.to_dict() for part in parts], tmp_path)
    dataset = PyGDataset(file=str(path), allow_empty_training_rows=True).load()
    assert [part.nnz for part in matrices(dataset)] == [70, 10, 20]
    whole = rated()[RATES].edge_index.numpy()
    assert ((dataset.train + dataset.val + dataset.test)[tuple(whole)] == 1).all()
    assert dataset.description == f"{path}: user rates movie"


def test_repeated_pairs_count_once_and_nodes_may_be_counted_by_the_edges() -> None:
    graph = HeteroData()
    graph[RATES].edge_index = torch.tensor([[0, 0, 1, 1], [2, 2, 0, 1]])
    graph[RATES].val_edge_label_index = graph[RATES].test_edge_label_index = torch.tensor([[1], [3]])
    dataset = from_pyg(graph)
    graph[RATES].edge_index = EdgeIndex(graph[RATES].edge_index)
    assert from_pyg(graph).fingerprint() == dataset.fingerprint()
    assert dataset.train.toarray().tolist() == [[0, 0, 1, 0], [1, 1, 0, 0]]


def test_titles_may_be_given() -> None:
    graph = rated()
    graph.user_table, graph.item_table = {}, {"title": [f"movie {number}" for number in range(12)]}
    dataset = from_pyg(graph)
    assert dataset.items["title"][3] == "movie 3" and dataset.items["external_id"][3] == "3"
    graph.item_table = {"title": ["only one"]}
    with pytest.raises(UserError, match=r"the graph: item_table\['title'\] must be a list of 12 texts"):
        from_pyg(graph)


def test_the_edge_type_is_found_or_asked_for() -> None:
    graph = rated()
    assert from_pyg(graph, ["movie", "rated_by", "user"]).train.shape == (12, 20)
    graph["user", "likes", "movie"].edge_index = graph[RATES].edge_index
    with pytest.raises(UserError, match=r"2 types of edges from user: set dataset\.edge_type .*\[user, rates, movie\]"):
        from_pyg(graph)
    assert from_pyg(graph, RATES).train.shape == (20, 12)
    with pytest.raises(UserError, match=r"no edges of the type \[user, buys, movie\]"):
        from_pyg(graph, ["user", "buys", "movie"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"edge_index": torch.zeros(2, 3)}, r"edge_index must be a tensor of whole numbers, \(2, E\)"),
        ({"edge_index": torch.zeros(3, 2, dtype=torch.int64)}, r"edge_index must be a tensor of whole numbers"),
        ({"edge_index": None}, r"edge_index must be a tensor of whole numbers"),
        ({"edge_index": torch.tensor([[0, -1], [0, 1]])}, r"edge_index holds numbers below 0"),
        ({"edge_index": torch.tensor([[0], [12]])}, r"it has the node 12, but the graph says that there are 12 nodes"),
        ({"edge_index": torch.zeros(2, 1, dtype=torch.int64).expand(2, 10**12)}, r"fewer are stored"),
        ({"val_edge_label_index": torch.tensor([[0], [1]])}, r"there is val_edge_label_index, but no test"),
        (
            {"edge_label_index": torch.tensor([[0], [1]]), "edge_label": torch.ones(2)},
            r"edge_label must hold a number for each of 1 pairs",
        ),
    ],
)
def test_what_edges_must_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=rf"the graph, \[user, rates, movie\].*{message}"):
        from_pyg(rated(**changed))


def test_embeddings_larger_than_what_is_stored_are_refused() -> None:
    graph = rated()
    for node_type in ("user", "movie"):
        graph[node_type].x, graph[node_type].num_nodes = torch.zeros(1, 1).expand(10**6, 10**6), 20
    with pytest.raises(UserError, match="the graph: x says that it is larger"):
        from_pyg(graph)


def test_a_name_that_would_write_over_the_terminal_is_refused() -> None:
    graph = rated()
    graph.name = "movies\x1b[2J"
    with pytest.raises(UserError, match="the graph: name: it holds control characters"):
        from_pyg(graph)


def test_a_count_of_nodes_far_beyond_the_edges_is_refused() -> None:
    graph = rated()
    graph["user"].num_nodes = 10**12
    with pytest.raises(UserError, match=r"a matrix of 1000000000000 by 12"):
        from_pyg(graph)


def test_a_random_split_leaves_every_user_an_edge() -> None:
    random = np.random.default_rng(0)
    pairs = np.stack(np.nonzero(random.random((300, 40)) < 0.03))
    for shares in ((3, 1, 1), (1, 4)):
        parts = random_split(pairs, shares, seed=3)
        assert sorted(map(tuple, np.concatenate(parts, axis=1).T)) == sorted(map(tuple, pairs.T))
        assert set(parts[0][0]) == set(pairs[0])
    assert [part.shape for part in random_split(np.empty((2, 0), int), (3, 1, 1), seed=0)] == [(2, 0)] * 3
