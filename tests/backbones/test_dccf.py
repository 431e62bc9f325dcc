"""DCCF: its four views and its contrast against loops."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

import parts
from rlmrec.backbones import DCCF
from rlmrec.backbones.base import Encoding
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import info_nce


def build(known: Interactions | None = None, **options: float) -> DCCF:
    torch.manual_seed(0)
    return DCCF(known or parts.interactions(), embedding_dim=4, num_intents=3, **options)


def slow_adaptive(backbone: DCCF, view: Tensor, x: Tensor) -> Tensor:
    result = torch.zeros_like(x)
    for node in range(len(x)):
        near = backbone.graph.col[backbone.graph.row == node].tolist()
        alike = [(cosine_similarity(view[node], view[other], dim=0) + 1) / 2 for other in near]
        for share, other in zip(alike, near, strict=True):
            result[node] += share / sum(alike) * x[other]
    return result


def test_views_and_layers() -> None:
    backbone = build(num_layers=2)
    encoding = backbone.encode(backbone.initial_embeddings)
    layer = total = backbone.initial_embeddings.detach()
    for views in encoding.views:
        sides = zip(backbone.split(layer), (backbone.user_intents, backbone.item_intents), strict=True)
        intent = torch.cat([torch.stack([(row @ c).softmax(0) @ c.T for row in side]) for side, c in sides]).detach()
        graph = backbone.graph.propagate(layer)
        expected = [graph, intent, *(slow_adaptive(backbone, view, layer) for view in (graph, intent))]
        for ours, slow in zip(views, expected, strict=True):
            torch.testing.assert_close(ours, slow)
        layer = layer + sum(expected)
        total = total + layer
    torch.testing.assert_close(encoding.nodes, total)


def test_a_node_whose_neighbours_are_all_opposite_gets_nothing() -> None:
    backbone = build(Interactions(torch.tensor([0]), torch.tensor([0]), 1, 1))
    x = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]], requires_grad=True)
    opposite = torch.tensor([[1.0, 0, 0, 0], [-1, 0, 0, 0]], requires_grad=True)
    result = backbone._adaptive(opposite, x)
    result.sum().backward()
    assert not result.any()
    assert x.grad.isfinite().all() and opposite.grad.isfinite().all()


def test_the_contrast_divides_items_by_the_number_of_distinct_users() -> None:
    backbone = build(ssl_weight=0.25, ssl_temperature=0.4)
    batch = Batch(torch.tensor([4, 2, 4, 4]), torch.tensor([0, 1, 2, 1]), torch.tensor([3, 3, 3, 3]))
    nodes = torch.randn(parts.NUM_USERS + parts.NUM_ITEMS, 4)
    views = list(torch.randn(2, 4, len(nodes), 4))
    expected = 0.0
    for graph, *others in views:
        for other in others:
            for ids in ([2, 4], [parts.NUM_USERS + item for item in (0, 1, 2)]):
                for node in ids:
                    row = slice(node, node + 1)
                    expected += info_nce(graph[row], other[row], other[ids], 0.4).item() / 2
    terms = backbone.losses(Encoding(nodes, views), batch)
    assert terms["ssl"].item() == pytest.approx(0.25 * expected, rel=1e-5)
