"""SimGCL: the noise of its views, and what it contrasts."""

import pytest
import torch

import parts
from rlmrec.backbones import SimGCL
from rlmrec.backbones.base import Encoding
from rlmrec.backbones.view_contrast import view_contrast


def build(**options: float) -> SimGCL:
    torch.manual_seed(0)
    return SimGCL(parts.interactions(), embedding_dim=4, **options)


@pytest.mark.parametrize("noise_scale", [0.1, 0.9])
def test_noise_has_the_set_length_and_the_signs_of_the_layer(noise_scale: float) -> None:
    backbone = build(num_layers=1, noise_scale=noise_scale)
    encoding = backbone.encode(backbone.initial_embeddings)
    torch.testing.assert_close(encoding.nodes, backbone.embed())
    layer = backbone.graph.propagate(backbone.initial_embeddings)
    noises = [view - backbone.initial_embeddings - layer for view in encoding.views]
    for noise in noises:
        torch.testing.assert_close(noise.norm(dim=1), torch.full((len(noise),), noise_scale))
        assert (noise * layer >= 0).all()
    assert not torch.allclose(*noises)


def test_noise_is_drawn_anew_and_passed_on_in_each_layer() -> None:
    backbone = build(num_layers=2, noise_scale=0.5)
    torch.manual_seed(7)
    views = backbone.encode(backbone.initial_embeddings).views
    torch.manual_seed(7)
    for view in views:
        layers = [backbone.initial_embeddings]
        for _ in range(2):
            clean = backbone.graph.propagate(layers[-1])
            uniform = torch.rand_like(clean)
            layers.append(clean + 0.5 * uniform / uniform.norm(dim=1, keepdim=True) * clean.sign())
        torch.testing.assert_close(view, sum(layers))


def test_negatives_are_ranked_but_not_contrasted() -> None:
    backbone = build(ssl_weight=0.25, ssl_temperature=0.4)
    nodes, first, second = torch.randn(3, parts.NUM_USERS + parts.NUM_ITEMS, 4)
    batch = parts.batch()
    terms = backbone.losses(Encoding(nodes, (first, second)), batch)
    contrast = view_contrast(backbone, (first, second), batch._replace(negatives=None), 0.4)
    torch.testing.assert_close(terms["ssl"], 0.25 * contrast)
    torch.testing.assert_close(terms["bpr"], super(SimGCL, backbone).losses(Encoding(nodes), batch)["bpr"])
