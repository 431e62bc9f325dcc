"""Propagation for some nodes only, over sampled neighbours."""

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from rlmrec.graph.graph import Graph


def sampled_layers(
    graph: Graph, initial: Tensor, nodes: Tensor, num_layers: int, num_neighbours: int, keep_rate: float = 1.0
) -> list[Tensor]:
    """Return the layers ``x, P x, ..., P^L x`` of some nodes, from at most ``num_neighbours`` per node and layer.

    If a node has more neighbours, ``num_neighbours`` are drawn with replacement and weighted by ``degree /
    num_neighbours``. Layers are sampled independently, so that the expectation of every layer is that of the full
    graph: Hamilton et al., "Inductive Representation Learning on Large Graphs" (NeurIPS 2017), made unbiased. If no
    node has more neighbours, the layers are exact.

    Args:
        graph: full graph.
        initial: initial embeddings, ``(N, d)``.
        nodes: distinct, sorted node ids, ``(n,)``.
        num_layers: number of layers ``L``.
        num_neighbours: largest number of neighbours read per node and layer.
        keep_rate: share of the edges kept, drawn independently for every layer.

    Returns:
        ``L + 1`` tables ``(n, d)``.
    """
    steps, frontier = [], nodes
    for _ in range(num_layers):  # outwards from ``nodes``
        columns, weight, offsets = _draw(graph, frontier, num_neighbours)
        weight = weight * (torch.rand_like(weight) < keep_rate) if keep_rate < 1 else weight
        wider = torch.cat([frontier, columns]).unique()
        steps.append((frontier, torch.searchsorted(wider, columns), weight, offsets))
        frontier = wider
    layer = initial.index_select(0, frontier)
    layers = [layer.index_select(0, torch.searchsorted(frontier, nodes))]
    for rows, columns, weight, offsets in reversed(steps):
        layer = embedding_bag(columns, layer, offsets, mode="sum", per_sample_weights=weight, include_last_offset=True)
        layers.append(layer.index_select(0, torch.searchsorted(rows, nodes)))
    return layers


def _draw(graph: Graph, rows: Tensor, num_neighbours: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return columns and weights of the entries read for all rows, ``(m,)`` each, and row offsets, ``(n + 1,)``."""
    start, stop = graph.rowptr[rows].long(), graph.rowptr[rows + 1].long()
    degree = stop - start
    taken = degree.clamp(max=num_neighbours)
    offsets = torch.cat([taken.new_zeros(1), taken.cumsum(0)])
    owner = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), taken)
    place = torch.arange(len(owner), device=rows.device) - offsets[owner]
    drawn = (torch.rand(len(owner), device=rows.device, dtype=torch.float64) * degree[owner]).long()
    edges = start[owner] + torch.where(degree[owner] > num_neighbours, drawn, place)
    return graph.col[edges].long(), graph.weight[edges] * (degree / taken.clamp(min=1))[owner].to(graph.weight), offsets
