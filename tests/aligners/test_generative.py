"""Generative alignment: the mask, and the loss against a loop over masked nodes."""

import math

import pytest
import torch
from torch.nn.functional import cosine_similarity

import parts
from rlmrec.aligners import Generative
from rlmrec.graph.batch import Batch

NUM_USERS, NUM_NODES, WIDTH = 12, 20, 6
UNUSED = Batch(torch.zeros(1, dtype=torch.long), torch.zeros(1, dtype=torch.long), None)


def build(**options: float) -> Generative:
    torch.manual_seed(0)
    return Generative(torch.randn(NUM_NODES, parts.TEXT_DIM), NUM_USERS, 3, WIDTH, **options)


@pytest.mark.parametrize(
    ("ratio", "count"), [(0.0, 1), (0.04, 1), (0.05, 1), (0.099, 1), (0.1, 2), (0.5, 10), (0.99, 19)]
)
def test_mask(ratio: float, count: int) -> None:
    aligner, initial = build(mask_ratio=ratio), torch.randn(NUM_NODES, 3)
    with torch.no_grad():
        aligner.mask_token.fill_(7)
    corrupted, masked = aligner.corrupt(initial)
    assert len(masked.unique()) == len(masked) == count
    assert (corrupted[masked] == 7).all()
    kept = [node for node in range(NUM_NODES) if node not in masked.tolist()]
    assert torch.equal(corrupted[kept], initial[kept])


def test_masks_cover_users_and_items_alike_and_are_drawn_anew() -> None:
    aligner = build(mask_ratio=0.25)
    draws = torch.stack([aligner.corrupt(torch.zeros(NUM_NODES, 3))[1] for _ in range(800)])
    counts = draws.flatten().bincount(minlength=NUM_NODES)
    assert (counts - 200).abs().max() < 5 * math.sqrt(800 * 0.25 * 0.75)


def test_the_mask_token_starts_at_zero_and_learns_from_the_masked_rows_alone() -> None:
    aligner, initial = build(mask_ratio=0.2), torch.randn(NUM_NODES, 3, requires_grad=True)
    assert not aligner.mask_token.any()
    corrupted, masked = aligner.corrupt(initial)
    corrupted.sum().backward()
    assert initial.grad is not None and aligner.mask_token.grad is not None
    assert torch.equal(initial.grad.any(1).logical_not().nonzero()[:, 0], masked.sort().values)
    assert aligner.mask_token.grad.tolist() == [[len(masked)] * 3]


@pytest.mark.parametrize(("weight", "temperature"), [(0.1, 0.2), (2.0, 0.05)])
def test_loss(weight: float, temperature: float) -> None:
    aligner, nodes = build(weight=weight, temperature=temperature), torch.randn(NUM_NODES, WIDTH)
    masked = torch.tensor([13, 2, 19, 0])
    rebuilt = aligner.projector(nodes).detach()
    total = 0.0
    for node in masked:
        alike = [cosine_similarity(rebuilt[node], aligner.profile_embeddings[other], dim=0).item() for other in masked]
        own = cosine_similarity(rebuilt[node], aligner.profile_embeddings[node], dim=0).item()
        share = math.exp(own / temperature) / (sum(math.exp(value / temperature) for value in alike) + 1e-8)
        total -= math.log(share + 1e-8) / len(masked)
    (loss,) = aligner.losses(nodes, UNUSED, masked).values()
    assert loss.item() == pytest.approx(weight * total, rel=1e-4)
