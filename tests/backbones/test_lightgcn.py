"""LightGCN: dropped edges in training, the full graph in evaluation."""

import pytest
import torch

import parts
from rlmrec.backbones import LightGCN


def build(**options: float) -> LightGCN:
    torch.manual_seed(0)
    return LightGCN(parts.interactions(), embedding_dim=4, **options)


def test_one_draw_of_edges_serves_all_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = build(num_layers=3, keep_rate=0.5)
    drops = [backbone.graph.drop(0.5) for _ in range(2)]
    matrix = backbone.graph.matrix(drops[0]).to_dense()
    monkeypatch.setattr(backbone.graph, "drop", lambda rate: drops.pop(0) if rate == 0.5 else None)
    expected = sum(torch.linalg.matrix_power(matrix, power) @ backbone.initial_embeddings for power in range(4))
    torch.testing.assert_close(backbone.encode(backbone.initial_embeddings).nodes, expected)
    assert len(drops) == 1


def test_evaluation_sums_layers_of_the_full_graph() -> None:
    backbone = build(num_layers=2, keep_rate=0.1)
    matrix = backbone.graph.matrix(backbone.graph.weight).to_dense()
    expected = (
        backbone.initial_embeddings
        + matrix @ backbone.initial_embeddings
        + matrix @ matrix @ backbone.initial_embeddings
    )
    torch.testing.assert_close(backbone.embed(), expected)


def test_each_table_starts_xavier_uniform_by_its_own_size() -> None:
    backbone = build()
    for table, rows in zip(
        backbone.split(backbone.initial_embeddings), (parts.NUM_USERS, parts.NUM_ITEMS), strict=True
    ):
        bound = (6 / (rows + 4)) ** 0.5
        assert 0.95 * bound < table.abs().max() <= bound
