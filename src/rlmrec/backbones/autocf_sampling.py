"""The random subgraphs of AutoCF: seeds, masked subgraphs and the decoder's pairs, without loops over nodes."""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, logsigmoid
from torch_geometric.utils import add_self_loops, coalesce, to_undirected

from rlmrec.graph import Graph


def node_scores(graph: Graph, x: Tensor) -> Tensor:
    """Return the agreement of each node with its two-hop neighbourhood, plus Gumbel noise for sampling.

    Args:
        graph: the training graph.
        x: initial embeddings, ``(N, d)``.

    Returns:
        ``log sigmoid(cos(neighbourhood, x)) + noise``, ``(N,)``, differentiable in ``x``.
    """
    ones, degree = torch.ones_like(graph.weight), graph.degree()
    # Returning paths do not count: two-hop sums subtract the centre once per neighbour.
    first = graph.propagate_symmetric(x, ones) - x
    second = graph.propagate_symmetric(first, ones) - first - degree[:, None] * x
    num_second = graph.propagate_symmetric(degree[:, None], ones)[:, 0] - 2 * degree
    neighbourhood = (first + second) / (degree + num_second + 1e-8)[:, None]
    uniform = torch.rand_like(degree)
    uniform = torch.where(uniform == 0, 1e-8, uniform)
    return logsigmoid(cosine_similarity(neighbourhood, x, eps=1e-12)) - torch.log(-torch.log(uniform))


def mask_subgraphs(graph: Graph, seeds: Tensor, depth: int) -> tuple[Tensor, Tensor]:
    """Remove all edges within ``depth`` steps of the seeds.

    Args:
        graph: the training graph.
        seeds: node ids from which the removal spreads, ``(S,)``.
        depth: number of rounds in which the end points of removed edges lose their own edges.

    Returns:
        Mask of the remaining edges, ``(E,)`` bool, and the sorted ids of seeds and nodes reached. End points first
        reached by the last step do not count as reached.
    """
    remaining = torch.ones_like(graph.row, dtype=torch.bool)
    reached = torch.zeros(graph.num_nodes, dtype=torch.bool, device=graph.row.device)
    frontier = seeds
    for _ in range(depth):
        reached[frontier] = True
        removed = remaining & graph.touching(frontier)
        remaining &= ~removed
        # The pattern is symmetric, so every end point appears as a row.
        frontier = graph.row[removed].long().unique()
    return remaining, reached.nonzero()[:, 0]


def decoder_edges(graph: Graph, remaining: Tensor, touched: Tensor) -> Tensor:
    """Return the decoder's edges: the remaining edges, loops, and as many random pairs of nodes as the graph has edges.

    The pairs are drawn as node ids; the published code packs each into one number, which loses rows to rounding above
    2^24 (quirk Q13).

    Args:
        graph: the training graph.
        remaining: mask of the edges that were not masked out, ``(E,)`` bool.
        touched: ids of the nodes to pair, ``(M,)``.

    Returns:
        Distinct edges in both directions, ``(2, E')``.
    """
    draws = torch.randint(len(touched), (2, len(graph.row)), device=touched.device)
    pairs = to_undirected(touched[draws], num_nodes=graph.num_nodes)
    left = torch.stack([graph.row[remaining], graph.col[remaining]]).long()
    edges, _ = add_self_loops(left, num_nodes=graph.num_nodes)
    return coalesce(torch.cat([pairs, edges], dim=1), num_nodes=graph.num_nodes)
