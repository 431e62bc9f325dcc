"""Reading and checking the edges of a PyTorch Geometric graph."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import EdgeStorage, NodeStorage

from rlmrec.common.bounded.arrays import check_shape
from rlmrec.common.errors import UserError, printable
from rlmrec.data.matrices import pair_codes

log = logging.getLogger(__name__)

EdgeType = tuple[str, str, str]
"""Source (users), relation, and destination (items)."""


class Edges(NamedTuple):
    """Distinct edges from users to items, sorted by user then item, ``(2, E)`` int64 each.

    Args:
        train: training edges.
        val: validation edges; None if the graph has none.
        test: test edges; None if the graph has none.
        shape: numbers of users and items.
        weights: float32 weights of the training edges; None if the graph has none.
    """

    train: np.ndarray
    val: np.ndarray | None
    test: np.ndarray | None
    shape: tuple[int, int]
    weights: np.ndarray | None = None

    def weights_of(self, chosen: np.ndarray) -> np.ndarray | None:
        """Return the weights of a subset of the training edges, ``(2, E')``, in the order of the subset."""
        if self.weights is None:
            return None
        codes, wanted = (pair_codes(pairs[0], pairs[1], self.shape[1]) for pairs in (self.train, chosen))
        return np.asarray(self.weights[np.searchsorted(codes, wanted)])


def edge_type_of(graph: HeteroData, asked: Sequence[str] | None, source: str) -> EdgeType:
    """Return the requested edge type, or else the only one from ``user`` to another node type.

    Raises:
        UserError: if there is not exactly one; lists the available ones.
    """
    known: list[EdgeType] = list(graph.edge_types)
    found = [one for one in known if one == tuple(asked)] if asked else [one for one in known if _is_usual(one)]
    if len(found) != 1:
        listed = "; ".join(f"[{', '.join(one)}]" for one in known) or "none"
        wanted = f"no edges of the type [{', '.join(asked)}]" if asked else f"{len(found)} types of edges from user"
        raise UserError(f"{source} has {wanted}: set dataset.edge_type to one of: {printable(listed)}")
    return found[0]


def _is_usual(edge_type: EdgeType) -> bool:
    return edge_type[0] == "user" != edge_type[2]


def read_edges(graphs: Sequence[HeteroData], edge_type: EdgeType, source: str) -> Edges:
    """Return the edges of one graph, or of the three graphs of ``RandomLinkSplit``.

    Raises:
        UserError: if edges are missing or invalid; names the problem.
    """
    stores = [graph[edge_type] for graph in graphs]
    where = f"{source}, [{', '.join(edge_type)}]"
    train = message_edges = _pairs(stores[0].get("edge_index"), f"{where}: edge_index")
    if len(stores) == 1:
        val, test = (_labelled(stores[0], f"{split}_", where) for split in ("val", "test"))
        test = _labelled(stores[0], "", where) if test is None else test
    else:
        supervised, val, test = (_labelled(store, "", where) for store in stores)
        train = train if supervised is None else np.concatenate([train, supervised], axis=1)
    if val is not None and test is None:
        raise UserError(f"{where}: there is val_edge_label_index, but no test_edge_label_index")
    every = [pairs for pairs in (train, val, test) if pairs is not None]
    shape = _shape([graphs[0][node_type] for node_type in (edge_type[0], edge_type[2])], np.hstack(every), where)
    val, test = (None if pairs is None else _distinct(pairs, shape[1]) for pairs in (val, test))
    train = _distinct(train, shape[1])
    return Edges(train, val, test, shape, _weights(stores[0], message_edges, train, shape[1], where))


def _weights(store: EdgeStorage, edges: np.ndarray, train: np.ndarray, num_items: int, where: str) -> np.ndarray | None:
    """Return the weights of the training edges, 1 for edges without one; None without a valid ``edge_weight``.

    Args:
        store: edge storage that may hold ``edge_weight``.
        edges: the weighted edges, ``edge_index``, ``(2, E)``.
        train: distinct training edges, which include ``edges``, ``(2, E')``.
        num_items: number of items.
        where: source of the edges, for a warning.
    """
    given = store.get("edge_weight")
    if not isinstance(given, Tensor) or not given.is_floating_point():
        return None
    fits = given.shape == edges.shape[1:] and is_stored(given)
    weights = given.detach().cpu().double().numpy() if fits else np.empty(0)
    if not fits or not (np.isfinite(weights).all() and (weights >= 0).all()):
        log.warning("%s: edge_weight is left out: it holds no number of at least 0 for each edge", where)
        return None
    codes, place = np.unique(pair_codes(edges[0], edges[1], num_items), return_inverse=True)
    found = np.ones(train.shape[1], np.float32)
    found[np.searchsorted(pair_codes(train[0], train[1], num_items), codes)] = np.bincount(place, weights)
    return found


def _distinct(pairs: np.ndarray, num_items: int) -> np.ndarray:
    return np.stack(np.divmod(np.unique(pair_codes(pairs[0], pairs[1], num_items)), max(num_items, 1)))


def _labelled(store: EdgeStorage, prefix: str, where: str) -> np.ndarray | None:
    """Return the pairs in ``edge_label_index``; if there are labels, only those with a label above 0."""
    name = f"{prefix}edge_label_index"
    if name not in store:
        return None
    pairs = _pairs(store[name], f"{where}: {name}")
    labels = store.get(f"{prefix}edge_label")
    if labels is None:
        return pairs
    if not isinstance(labels, Tensor) or labels.shape != pairs.shape[1:]:
        raise UserError(f"{where}: {prefix}edge_label must hold a number for each of {pairs.shape[1]} pairs")
    return pairs[:, (labels > 0).cpu().numpy()]


def _pairs(index: object, where: str) -> np.ndarray:
    """Return an edge index as an array ``(2, E)`` int64.

    Raises:
        UserError: if it is not a valid edge index.
    """
    if not isinstance(index, Tensor) or index.dtype not in (torch.int64, torch.int32) or index.shape[:-1] != (2,):
        raise UserError(f"{where} must be a tensor of whole numbers, (2, E)")
    if not is_stored(index):
        raise UserError(f"{where} says that it has {index.shape[1]} edges, but fewer are stored")
    pairs = np.stack([row.cpu().numpy().astype(np.int64) for row in index])
    if pairs.min(initial=0) < 0:
        raise UserError(f"{where} holds numbers below 0")
    return pairs


def is_stored(tensor: Tensor) -> bool:
    """Return whether the storage of a tensor holds all its elements; a tensor from a file may claim any shape."""
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


def _shape(nodes: Sequence[NodeStorage], pairs: np.ndarray, where: str) -> tuple[int, int]:
    """Return the numbers of users and items, as stated by the nodes or else inferred from the largest ids."""
    counts = []
    for store, numbers in zip(nodes, pairs, strict=True):
        largest, x = int(numbers.max(initial=-1)), store.get("x")
        count = store.get("num_nodes", len(x) if isinstance(x, Tensor) and x.dim() else largest + 1)
        if not isinstance(count, int) or count <= largest:
            raise UserError(f"{where}: it has the node {largest}, but the graph says that there are {count} nodes")
        counts.append(count)
    try:
        check_shape(counts, pairs.shape[1])
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None
    return counts[0], counts[1]
