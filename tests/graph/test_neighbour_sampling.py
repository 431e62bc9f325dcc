"""Sampled propagation: exact where every neighbour is read, right on average otherwise."""

import pytest
import torch

import parts
from rlmrec.graph import Graph
from rlmrec.graph.neighbour_sampling import sampled_layers

GRAPH = Graph.from_interactions(parts.interactions(isolated=1))
INITIAL = torch.randn(GRAPH.num_nodes, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
GRAPH = GRAPH.double()
NODES = torch.tensor([0, 3, 40, 45, 70, 71])  # one user and one item without interactions among them


def full_layers(num_layers: int) -> list[torch.Tensor]:
    layers = [INITIAL]
    for _ in range(num_layers):
        layers.append(GRAPH.propagate(layers[-1]))
    return [layer[NODES] for layer in layers]


def test_all_neighbours_give_the_layers_of_the_full_graph() -> None:
    for found, expected in zip(sampled_layers(GRAPH, INITIAL, NODES, 3, 1000), full_layers(3), strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("keep_rate", [1.0, 0.6])
def test_few_neighbours_give_the_layers_on_average(keep_rate: float) -> None:
    torch.manual_seed(0)
    draws = [sampled_layers(GRAPH, INITIAL, NODES, 3, 2, keep_rate) for _ in range(3000)]
    for number, expected in enumerate(full_layers(3)):
        found = torch.stack([draw[number] for draw in draws])
        error = found.std(0) / len(draws) ** 0.5
        assert ((found.mean(0) - expected * keep_rate**number).abs() <= 5 * error + 1e-12).all()
        assert (found.std(0).max() > 0.01) == (number > 0), "all layers but the first are random"


@pytest.mark.parametrize("align", parts.ALIGNMENTS)
def test_a_step_with_all_neighbours_is_that_of_the_full_graph(align: str) -> None:
    results = []
    for options in ({"sampling": "full"}, {"sampling": "neighbour", "num_neighbours": 1000}):
        body = parts.backbone("lightgcn", keep_rate=1.0, **options)
        model = parts.recommender("lightgcn", align)
        model.backbone = body
        torch.manual_seed(1)
        terms = model.loss_terms(parts.batch(), 0)
        torch.stack(list(terms.values())).sum().backward()
        results.append([*terms.values(), *(parameter.grad for parameter in model.parameters())])
    for full, sampled in zip(*results, strict=True):
        torch.testing.assert_close(sampled, full, rtol=1e-4, atol=1e-6)


def test_nodes_that_were_not_announced_are_not_mistaken_for_vectors() -> None:
    body = parts.backbone("lightgcn", sampling="neighbour")
    body.set_active_nodes(NODES[:3])
    nodes = body.encode(body.initial_embeddings).nodes
    assert nodes[NODES[:3]].isfinite().all()
    assert nodes.isfinite().all(1).sum() == 3
    assert body.embed().isfinite().all()
