"""Conversion of a PyTorch Geometric graph to a dataset."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.data.storage import NodeStorage

from rlmrec.common.bounded.values import refuse_text
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import TEXT_COLUMNS, Dataset
from rlmrec.data.pyg.edges import Edges, EdgeType, edge_type_of, is_stored, read_edges
from rlmrec.data.pyg.random_split import random_split

PUBLISHED_SHARES = (3, 1, 1)
"""Shares of training, validation and test, as in RLMRec."""

FLOATS = (torch.float16, torch.float32, torch.float64)
"""Floating-point types that numpy shares with torch."""


def from_pyg(
    graph: HeteroData | Sequence[HeteroData],
    edge_type: Sequence[str] | None = None,
    name: str | None = None,
    seed: int = 0,
    source: str = "the graph",
) -> Dataset:
    """Convert a graph of users and items to a dataset.

    The source nodes of the edge type are the users and the destination nodes the items. ``edge_index`` holds the
    training interactions, where repeated pairs count once. Validation and test edges are ``val_edge_label_index`` and
    ``test_edge_label_index``; with ``val_edge_label`` and ``test_edge_label``, only those with a label above 0. If the
    graph has only test edges, possibly called ``edge_label_index`` as in ``torch_geometric.datasets.AmazonBook``, a
    quarter of its training edges becomes the validation set. If it has neither, its edges are split 3:1:1. Both draws
    are determined by the seed, leave every user a training interaction, and are mentioned in the description.

    ``x`` of the node types are the profile embeddings; if those of users and items differ in width, they are ignored.
    ``edge_weight``, floats along with ``edge_index``, are weights of the training interactions, summed over repeated
    pairs. ``user_table`` and ``item_table`` may hold lists of ``external_id``, ``title``, ``metadata`` and ``profile``.

    Args:
        graph: one graph, or the training, validation and test graphs from ``RandomLinkSplit``.
        edge_type: edge type such as ``("user", "rates", "movie")``; by default, the only one that starts at ``user``.
        name: name of the dataset; the graph's ``name`` by default.
        seed: seed of the random split, if one is made.
        source: name of the graph in messages.

    Raises:
        UserError: if the graph lacks something or is invalid; names the problem.

    Examples:
        >>> dataset = from_pyg(torch_geometric.datasets.MovieLens1M("data/ml-1m")[0])
        >>> model, data = rlmrec.build(rlmrec.compose(["backbone=pyg", "align=none"]), dataset)
    """
    graphs = [graph] if isinstance(graph, HeteroData) else list(graph)
    chosen = edge_type_of(graphs[0], edge_type, source)
    edges = read_edges(graphs, chosen, source)
    train, val, test, how = _split(edges, seed)
    first = graphs[0]
    users, items = (first[node_type] for node_type in (chosen[0], chosen[2]))
    embeddings = _embeddings(users, items, source)
    described = _text(first, "description", source) or f"{source}: {' '.join(chosen)}"
    return Dataset(
        name or _text(first, "name", source) or "pyg",
        _matrix(train, edges.shape),
        _matrix(val, edges.shape),
        _matrix(test, edges.shape),
        users=_table(first, "user", edges.shape[0], source),
        items=_table(first, "item", edges.shape[1], source),
        user_embeddings=embeddings[0],
        item_embeddings=embeddings[1],
        description=described + how,
        missing_embeddings=_missing(chosen, source),
        embeddings_info=_info(first) if any(part is not None for part in embeddings) else {},
        train_weights=edges.weights_of(train),
    )


def _split(edges: Edges, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Return the training, validation and test edges, and a clause on any random draw for the description."""
    if edges.val is not None and edges.test is not None:
        return edges.train, edges.val, edges.test, ""
    if edges.test is not None:
        train, val = random_split(edges.train, PUBLISHED_SHARES[:2], seed)
        return train, val, edges.test, f"; validation: a random quarter of the training edges, seed {seed}"
    train, val, test = random_split(edges.train, PUBLISHED_SHARES, seed)
    return train, val, test, f"; split 3:1:1 at random, seed {seed}"


def _matrix(pairs: np.ndarray, shape: tuple[int, int]) -> csr_array:
    coordinates = tuple(pairs.astype(np.int32))
    matrix = csr_array((np.ones(pairs.shape[1], np.float32), coordinates), shape=shape)
    matrix.sort_indices()
    return matrix


def _embeddings(users: NodeStorage, items: NodeStorage, source: str) -> list[np.ndarray | None]:
    found = [x if _is_table(x := side.get("x")) else None for side in (users, items)]
    if len({x.shape[1] for x in found if x is not None}) > 1:
        return [None, None]
    if not all(x is None or is_stored(x) for x in found):
        raise UserError(f"{source}: x says that it is larger than what is stored of it")
    return [x if x is None else (x if x.dtype in FLOATS else x.float()).detach().cpu().numpy() for x in found]


def _is_table(x: object) -> bool:
    return isinstance(x, Tensor) and x.dim() == 2 and x.is_floating_point() and x.shape[1] > 0


def _missing(edge_type: EdgeType, source: str) -> str:
    return (
        f"{source} has no profile embeddings: give x of {edge_type[0]} and {edge_type[2]} vectors of one width, or "
        "train with align=none"
    )


def _table(graph: HeteroData, side: str, count: int, source: str) -> pl.DataFrame:
    """Return the table of users or items; without one in the graph, texts are empty and external ids are the ids."""
    given = getattr(graph, f"{side}_table", {})
    if not isinstance(given, dict):
        raise UserError(f"{source}: {side}_table must be a dict of lists of texts")
    for column in TEXT_COLUMNS:
        texts = given.get(column, [""] * count)
        if len(texts) != count or not all(isinstance(text, str) for text in texts):
            raise UserError(f"{source}: {side}_table[{column!r}] must be a list of {count} texts, one for each {side}")
    columns = {column: given.get(column, [""] * count) for column in TEXT_COLUMNS}
    if "external_id" not in given:
        columns["external_id"] = [str(number) for number in range(count)]
    return pl.DataFrame(
        {"id": range(count), **columns}, schema={"id": pl.Int64, **dict.fromkeys(TEXT_COLUMNS, pl.String)}
    )


def _text(graph: HeteroData, name: str, source: str) -> str | None:
    found = getattr(graph, name, None)
    if not isinstance(found, str):
        return None
    try:
        refuse_text(found)
    except ValueError as error:
        raise UserError(f"{source}: {name}: {error}") from None
    return found


def _info(graph: HeteroData) -> dict[str, Any]:
    """Return how the embeddings were made, if the graph records it in JSON-serialisable form."""
    found = getattr(graph, "embeddings_info", {})
    try:
        json.dumps(found)
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
