"""The users whose profiles a user is contrasted with, against the published loss with repeated or sampled users."""

import math

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.aligners import Contrastive
from rlmrec.graph.batch import Batch, UniqueIds
from rlmrec.losses import info_nce

NUM_USERS, NUM_ITEMS, WIDTH = 40, 4, 6
USERS = torch.tensor([2, 0, 2, 4, 39, 2])
NO_ITEMS = torch.empty(0, dtype=torch.long)


@pytest.fixture
def nodes() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(NUM_USERS + NUM_ITEMS, WIDTH)


def aligner(**options: object) -> Contrastive:
    torch.manual_seed(0)
    profiles = torch.randn(NUM_USERS + NUM_ITEMS, parts.TEXT_DIM)
    return Contrastive(profiles, NUM_USERS, 2, WIDTH, weight=1.0, temperature=0.5, **options)


def loss(made: Contrastive, nodes: Tensor) -> Tensor:
    """Of users alone: one item, met by itself, adds nothing."""
    item = torch.zeros_like(USERS)
    (value,) = made.losses(nodes, Batch(USERS, item, None), None).values()
    alone = made.projector(made.profile_embeddings[NUM_USERS + item])
    return value - info_nce(nodes[NUM_USERS + item], alone, alone, 0.5)


def test_batch_repeats_users_as_items_are_repeated(nodes: Tensor) -> None:
    made = aligner(contrast_with="batch")
    texts = made.projector(made.profile_embeddings[USERS])
    torch.testing.assert_close(loss(made, nodes), info_nce(nodes[USERS], texts, texts, 0.5))


@pytest.mark.parametrize("num_sampled", [NUM_USERS, 10**6])
def test_sampling_everybody_is_the_published_loss(num_sampled: int, nodes: Tensor) -> None:
    torch.testing.assert_close(
        loss(aligner(contrast_with="sampled", num_sampled=num_sampled), nodes), loss(aligner(), nodes)
    )


def test_sampled_users_stand_for_the_rest_on_average(nodes: Tensor) -> None:
    """The denominator is linear in the sample: its mean over many draws is that of all users."""
    made = aligner(contrast_with="sampled", num_sampled=12)
    distinct, counts = USERS.unique(return_counts=True)
    weights = torch.zeros(NUM_USERS)
    draws = 4000
    found = UniqueIds(distinct, counts, None)
    for _ in range(draws):
        rows, positive_index, candidate_weights = made.contrasts[0](range(NUM_USERS), found, 12)
        assert rows[positive_index].tolist() == distinct.tolist() and len(rows.unique()) == len(rows)
        weights[rows] += candidate_weights / draws
    assert weights.sum().item() == pytest.approx(NUM_USERS, rel=1e-4)
    assert weights[distinct].tolist() == pytest.approx([1.0] * len(distinct), rel=1e-4)
    assert weights.tolist() == pytest.approx([1.0] * NUM_USERS, abs=6 * math.sqrt(3.0 / draws))
