"""What sees fused embeddings in a training step, and what does not."""

import pytest
import torch

import parts
from rlmrec.training.recommender import Recommender

FUSED = [name for name in parts.FUSIONS if name != "none"]


def model(fusion: str, align: str, backbone: str = "sgl") -> Recommender:
    body = parts.backbone(backbone)
    texts = parts.profile_embeddings()
    head = parts.aligner(align, texts, body.num_users, body.initial_dim, body.output_dim)
    fused = parts.fusion(fusion, texts, body.num_users, body.output_dim)
    return Recommender(body, head, torch.optim.Adam, {}, 0, fusion=fused)


@pytest.mark.parametrize("align", ["contrastive", "generative"])
@pytest.mark.parametrize("fusion", FUSED)
def test_alignment_and_self_supervised_terms_do_not_depend_on_the_fusion(fusion: str, align: str) -> None:
    made = model(fusion, align)
    terms = made.loss_terms(parts.batch(), 0)
    parameters = list(made.fusion.parameters())
    for name, depends in (("align", False), ("ssl", False), ("bpr", True)):
        gradients = torch.autograd.grad(terms[name], parameters, retain_graph=True, allow_unused=True)
        assert [gradient is not None and bool(gradient.any()) for gradient in gradients] == [depends] * len(parameters)


@pytest.mark.parametrize("fusion", FUSED)
def test_scores_are_products_of_fused_embeddings(fusion: str) -> None:
    made = model(fusion, "contrastive")
    users, items = made.backbone.split(made.fusion.fuse(made.backbone.embed()))
    torch.testing.assert_close(made.scores().of(torch.arange(len(users))), users @ items.T)
    assert users.shape[1] == made.fusion.scored_dim


def test_autocf_contrasts_fused_embeddings_with_all_items() -> None:
    """Its term of positives has no bound unless all items stand against it, fused as these are."""
    made = model("add", "none", "autocf")
    terms = made.loss_terms(parts.batch()._replace(negatives=None), 0)
    for name in ("rec", "ssl"):
        gradients = torch.autograd.grad(terms[name], list(made.fusion.parameters()), retain_graph=True)
        assert all(gradient.any() for gradient in gradients)
