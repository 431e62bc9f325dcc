"""AutoCF's sampling against slow loops over nodes and sets of edges."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rlmrec.backbones.autocf_sampling import decoder_edges, mask_subgraphs, node_scores
from rlmrec.graph import Graph, Interactions

Neighbours = dict[int, set[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    num_users, num_items = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    every = list(product(range(num_users), range(num_items)))
    users, items = zip(*draw(st.lists(st.sampled_from(every), min_size=1, unique=True)), strict=True)
    return Graph.from_interactions(Interactions(torch.tensor(users), torch.tensor(items), num_users, num_items))


def neighbours(graph: Graph, kept: Tensor | None = None) -> Neighbours:
    found: Neighbours = {node: set() for node in range(graph.num_nodes)}
    for position, (col, row) in enumerate(graph.edge_index.T.tolist()):
        if kept is None or kept[position]:
            found[row].add(col)
    return found


def slow_scores(near: Neighbours, x: list[list[float]], uniform: list[float]) -> list[float]:
    """A node against the sum over its neighbours and over the paths of two steps from it."""
    width = range(len(x[0]))
    first = {i: [sum(x[j][k] for j in near[i]) - x[i][k] for k in width] for i in near}
    scores = []
    for i in near:
        second = [sum(first[j][k] for j in near[i]) - first[i][k] - len(near[i]) * x[i][k] for k in width]
        count = len(near[i]) + sum(len(near[j]) for j in near[i]) - 2 * len(near[i]) + 1e-8
        around = [(first[i][k] + second[k]) / count for k in width]
        lengths = [max(math.sqrt(sum(value**2 for value in vector)), 1e-12) for vector in (around, x[i])]
        cosine = sum(a * b for a, b in zip(around, x[i], strict=True)) / lengths[0] / lengths[1]
        scores.append(-math.log(1 + math.exp(-cosine)) - math.log(-math.log(uniform[i] or 1e-8)))
    return scores


def slow_masking(near: Neighbours, seeds: set[int], depth: int) -> tuple[Neighbours, set[int]]:
    left = {node: set(others) for node, others in near.items()}
    frontier, reached = set(seeds), set(seeds)
    for step in range(depth):
        removed = [(i, j) for i in frontier for j in left[i]]
        for i, j in removed:
            left[i].discard(j)
            left[j].discard(i)
        frontier = {node for edge in removed for node in edge}
        if step < depth - 1:
            reached |= frontier
    return left, reached


@settings(deadline=None)
@given(graph=graphs(), seed=st.integers(0, 1000))
def test_node_scores(graph: Graph, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    graph = graph.double()
    x = torch.randn(graph.num_nodes, 3, generator=random, dtype=torch.float64)
    uniform = torch.rand(graph.num_nodes, generator=random, dtype=torch.float64).index_fill(0, torch.tensor([0]), 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand_like", lambda _: uniform)
        # Degrees are counted in the default type, but this comparison needs more digits.
        patch.setattr(graph, "degree", lambda: Graph.degree(graph).double())
        scores = node_scores(graph, x)
    expected = torch.tensor(slow_scores(neighbours(graph), x.tolist(), uniform.tolist()), dtype=torch.float64)
    torch.testing.assert_close(scores, expected)


@settings(deadline=None)
@given(graph=graphs(), seeds=st.sets(st.integers(0, 13), min_size=1, max_size=3), depth=st.integers(1, 4))
def test_masked_subgraphs(graph: Graph, seeds: set[int], depth: int) -> None:
    seeds = {seed % graph.num_nodes for seed in seeds}
    remaining, reached = mask_subgraphs(graph, torch.tensor(list(seeds)), depth)
    left, expected = slow_masking(neighbours(graph), seeds, depth)
    assert neighbours(graph, remaining) == left
    assert reached.tolist() == sorted(expected)


def test_masking_a_path_by_hand() -> None:
    """Users 0, 1, 2 and items 3, 4 in a row: 0 - 3 - 1 - 4 - 2."""
    path = Interactions(torch.tensor([0, 1, 1, 2]), torch.tensor([0, 0, 1, 1]), 3, 2)
    graph = Graph.from_interactions(path)
    found = {}
    for depth in (1, 2, 3):
        remaining, reached = mask_subgraphs(graph, torch.tensor([0]), depth)
        found[depth] = (graph.edge_index[:, remaining].flip(0).T.tolist(), reached.tolist())
    assert found[1] == ([[1, 3], [1, 4], [2, 4], [3, 1], [4, 1], [4, 2]], [0])
    assert found[2] == ([[1, 4], [2, 4], [4, 1], [4, 2]], [0, 3])
    assert found[3] == ([[2, 4], [4, 2]], [0, 1, 3])


@settings(deadline=None)
@given(graph=graphs(), seed=st.integers(0, 1000))
def test_decoder_edges(graph: Graph, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    remaining = torch.rand(len(graph.row), generator=random) < 0.5
    touched = torch.randperm(graph.num_nodes, generator=random)[: max(1, graph.num_nodes // 2)]
    drawn = torch.randint(len(touched), (2, len(graph.row)), generator=random)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "randint", lambda high, size, **_: drawn if (high, size) == sizes else None)
        sizes = (len(touched), tuple(drawn.shape))
        edges = decoder_edges(graph, remaining, touched)
    expected = {(node, node) for node in range(graph.num_nodes)}
    for row, col in zip(*drawn.tolist(), strict=True):
        expected |= {(int(touched[row]), int(touched[col])), (int(touched[col]), int(touched[row]))}
    expected |= {(row, col) for row, cols in neighbours(graph, remaining).items() for col in cols}
    found = [tuple(edge) for edge in edges.T.tolist()]
    assert sorted(found) == sorted(expected), "every edge once"


def test_ids_of_many_nodes_are_not_rounded() -> None:
    """Pairs of 28,547 nodes exceed what a float32 tells apart (quirk Q13)."""
    num_users, num_items = 20_000, 8_547
    users = torch.arange(num_users)
    graph = Graph.from_interactions(Interactions(users, users % num_items, num_users, num_items))
    touched = torch.tensor([19_999, 28_546])
    edges = decoder_edges(graph, torch.zeros(len(graph.row), dtype=torch.bool), touched)
    apart = edges[:, edges[0] != edges[1]].T.tolist()
    assert apart == [[19_999, 28_546], [28_546, 19_999]]
