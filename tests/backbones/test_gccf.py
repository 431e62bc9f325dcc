"""GCCF: layers side by side, loops if asked."""

import pytest
import torch

import parts
from rlmrec.backbones import GCCF


@pytest.mark.parametrize("num_layers", [0, 1, 3])
@pytest.mark.parametrize("self_loops", [False, True])
def test_layers_are_concatenated(num_layers: int, self_loops: bool) -> None:
    backbone = GCCF(parts.interactions(isolated=1), embedding_dim=4, num_layers=num_layers, self_loops=self_loops)
    matrix = backbone.graph.matrix(backbone.graph.weight).to_dense()
    assert bool(matrix.diagonal().any()) == self_loops
    layers = [torch.linalg.matrix_power(matrix, power) @ backbone.initial_embeddings for power in range(num_layers + 1)]
    assert backbone.output_dim == 4 * (num_layers + 1)
    torch.testing.assert_close(backbone.embed(), torch.cat(layers, 1))
    assert torch.equal(backbone.encode(backbone.initial_embeddings).nodes, backbone.embed())
