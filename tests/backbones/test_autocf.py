"""AutoCF: renewal of its subgraphs, attention against dense softmax, losses against loops."""

import math
from collections import Counter

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.backbones import AutoCF, autocf
from rlmrec.backbones.autocf import Attention
from rlmrec.backbones.base import Encoding
from rlmrec.common.errors import UserError
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch

SMALL = {"embedding_dim": 8, "num_heads": 2, "num_seeds": 3}


def build(**options: float) -> AutoCF:
    torch.manual_seed(0)
    return AutoCF(parts.interactions(), **SMALL | options)


def subgraphs(backbone: AutoCF) -> tuple[list[float], list[list[int]]]:
    return backbone.encoder_weight.tolist(), backbone.decoder.edge_index.tolist()


def test_subgraphs_are_renewed_every_few_steps_of_an_epoch() -> None:
    backbone = build(resample_every=3)
    seen = []
    for step in range(7):
        terms = backbone.resample(step)
        assert set(terms) == ({"infomax"} if step % 3 == 0 else set()), step
        seen.append(subgraphs(backbone))
    assert seen[0] == seen[1] == seen[2] != seen[3] == seen[4] == seen[5] != seen[6] != seen[0]


@pytest.mark.parametrize("extra_node_share", [0.0, 0.1])
def test_what_a_renewal_leaves(extra_node_share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three nodes of the highest scores lose their edges at depth one; pairs of them and extra nodes are added."""
    backbone = build(num_seeds=3, mask_depth=1, extra_node_share=extra_node_share)
    graph, seeds, extra = backbone.graph, {4, 9, 50}, {1, 2, 3, 5, 6, 69, 68} if extra_node_share else set()
    scores = torch.zeros(graph.num_nodes).index_fill(0, torch.tensor(list(seeds)), 1.0)
    monkeypatch.setattr(autocf.sampling, "node_scores", lambda *_: scores)
    draw = torch.randint
    first = torch.tensor(list(extra), dtype=torch.long)
    monkeypatch.setattr(torch, "randint", lambda *a, **k: first if a == (70, (len(extra),)) else draw(*a, **k))
    backbone.resample(0)
    left = {(row, col) for row, col in graph.edge_index.T.tolist() if not seeds & {row, col}}
    degrees = Counter(row for row, _ in left)
    for edge, weight in zip(graph.edge_index.T.tolist(), backbone.encoder_weight.tolist(), strict=True):
        expected = 1 / math.sqrt(degrees[edge[0]] * degrees[edge[1]]) if tuple(edge) in left else 0
        assert weight == pytest.approx(expected)
    decoder = {tuple(edge) for edge in backbone.decoder.edge_index.T.tolist()}
    loops = {(node, node) for node in range(graph.num_nodes)}
    assert decoder >= left | loops
    assert {node for edge in decoder - left - loops for node in edge} == seeds | extra


def test_infomax_is_minus_the_mean_score_and_teaches_the_table() -> None:
    backbone = build()
    torch.manual_seed(4)
    value = backbone.resample(0)["infomax"]
    value.backward()
    assert (
        value.isfinite()
        and backbone.initial_embeddings.grad is not None
        and backbone.initial_embeddings.grad.any(1).all()
    )


@pytest.mark.parametrize("num_heads", [1, 2, 4])
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_attention_is_a_clamped_softmax_over_edges(num_heads: int, scale: float) -> None:
    torch.manual_seed(0)
    interactions = Interactions(torch.tensor([0, 0, 1, 2]), torch.tensor([0, 1, 1, 0]), 4, 3)
    graph, attention = Graph.from_interactions(interactions), Attention(8, num_heads)
    x = scale * torch.randn(graph.num_nodes, 8)
    adjacency = graph.matrix(torch.ones_like(graph.weight)).to_dense()
    heads = []
    for query, key, value in zip(*((x @ w).chunk(num_heads, 1) for w in attention.parameters()), strict=True):
        weight = (query @ key.T).clamp(-10, 10).exp() * adjacency
        heads.append(weight / (weight.sum(1, keepdim=True) + 1e-8) @ value)
    torch.testing.assert_close(attention(x, graph), torch.cat(heads, 1), rtol=1e-4, atol=1e-5)


def test_layers_are_summed() -> None:
    backbone = build(num_layers=2, num_attention_layers=2)
    matrix = backbone.graph.matrix(backbone.graph.weight).to_dense()
    layers = [
        backbone.initial_embeddings,
        matrix @ backbone.initial_embeddings,
        matrix @ matrix @ backbone.initial_embeddings,
    ]
    for attention in backbone.attention:
        layers.append(attention(layers[-1], backbone.graph))
    torch.testing.assert_close(backbone.embed(), sum(layers))


def test_losses_equal_loops() -> None:
    backbone = build(ssl_weight=0.5)
    users, items = torch.tensor([3, 5, 3, 3]), torch.tensor([1, 1, 0, 2])
    nodes = torch.randn(backbone.graph.num_nodes, 8)
    all_users, all_items = (part.tolist() for part in backbone.split(nodes))

    def log_sum(vector: list[float], others: list[list[float]]) -> float:
        return math.log(sum(math.exp(sum(a * b for a, b in zip(vector, other, strict=True))) for other in others))

    distinct = [sorted(set(ids.tolist())) for ids in (users, items)]
    same = sum(log_sum(all_users[user], all_users) for user in distinct[0]) / 2
    same += sum(log_sum(all_items[item], all_items) for item in distinct[1]) / 3
    cross = sum(log_sum(all_users[user], all_items) for user in users.tolist()) / 4
    products = [nodes[user] @ nodes[parts.NUM_USERS + item] for user, item in zip(users, items, strict=True)]
    terms = backbone.losses(Encoding(nodes), Batch(users, items, None))
    assert terms["ssl"].item() == pytest.approx(0.5 * same + cross, rel=1e-5)
    assert terms["rec"].item() == pytest.approx(-torch.stack(products).mean().item(), abs=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"num_heads": 3}, ["num_heads=3", "embedding_dim=8"]),
        ({"num_seeds": 71}, ["num_seeds=71", "70 nodes"]),
    ],
)
def test_sizes_that_do_not_fit(options: dict[str, float], says: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        build(**options)
    assert all(words in str(raised.value) for words in says)


def test_every_node_may_be_a_seed() -> None:
    backbone = build(num_seeds=70)
    backbone.resample(0)
    assert not backbone.encoder_weight.any()
    nodes: Tensor = backbone.encode(backbone.initial_embeddings).nodes
    assert nodes.isfinite().all()
