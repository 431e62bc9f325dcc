"""Initial embeddings from profiles, against loops over items and users."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

import parts
from rlmrec.common.errors import UserError
from rlmrec.graph import Interactions
from rlmrec.initialisers import AlphaFuse, FromText, Initialiser, Xavier

KNOWN = parts.interactions(isolated=2)
NUM_USERS, NUM_ITEMS = KNOWN.num_users, KNOWN.num_items
TEXTS = parts.profile_embeddings(NUM_USERS + NUM_ITEMS)
ITEMS = (TEXTS[NUM_USERS:] - TEXTS[NUM_USERS:].mean(0)).double().numpy()
DIM = 4
DRAWN = torch.rand(NUM_USERS + NUM_ITEMS, DIM, generator=torch.Generator().manual_seed(5)) - 0.5


def size(rows: np.ndarray) -> float:
    return math.sqrt(np.mean(np.square(rows)))


def check(weights: Tensor, items: np.ndarray, known: Interactions = KNOWN) -> None:
    """Items begin as expected, users with the mean of theirs, both as large as what was drawn before."""
    got, drawn = weights.double().numpy(), DRAWN.double().numpy()
    expected = items * size(drawn[NUM_USERS:]) / size(items)
    np.testing.assert_allclose(got[NUM_USERS:], expected, rtol=1e-4, atol=1e-6)
    means = {}
    for user in range(NUM_USERS):
        chosen = [int(item) for u, item in zip(known.users, known.items, strict=True) if u == user]
        if chosen:
            means[user] = np.mean([items[item] for item in chosen], axis=0)
        else:
            np.testing.assert_array_equal(got[user], drawn[user])
    scale = size(drawn[:NUM_USERS]) / size(np.stack(list(means.values())))
    for user, mean in means.items():
        np.testing.assert_allclose(got[user], mean * scale, rtol=1e-4, atol=1e-6)


def components() -> np.ndarray:
    left, values, _ = np.linalg.svd(ITEMS, full_matrices=False)
    found = (left * values)[:, :DIM]
    return found * np.sign(found[np.abs(found).argmax(0), range(DIM)])


def test_columns_of_greatest_variance() -> None:
    chosen = np.argsort(-ITEMS.var(0))[:DIM]
    check(FromText(KNOWN, TEXTS, reduce="variance").first_weights(DRAWN), ITEMS[:, chosen])


def test_principal_components() -> None:
    check(FromText(KNOWN, TEXTS, reduce="pca").first_weights(DRAWN), components())


def test_alpha_fuse_begins_with_components_of_equal_variance_and_trains_the_last() -> None:
    initialiser = AlphaFuse(KNOWN, TEXTS, null_share=0.25)
    check(initialiser.first_weights(DRAWN), components() / components().std(0))
    trained = initialiser.trainable(DRAWN)
    assert trained[:NUM_USERS].all()
    assert trained[NUM_USERS:].unique(dim=0).tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_xavier_keeps_what_was_drawn() -> None:
    initialiser = Xavier(KNOWN, None)
    assert initialiser.first_weights(DRAWN) is DRAWN and initialiser.trainable(DRAWN) is None


@pytest.mark.parametrize("initialiser", [FromText(KNOWN, TEXTS), AlphaFuse(KNOWN, TEXTS)])
def test_wider_embeddings_than_profiles_are_refused(initialiser: Initialiser) -> None:
    with pytest.raises(UserError, match=r"set backbone\.embedding_dim=12 or less"):
        initialiser.first_weights(torch.rand(len(TEXTS), 13))


def test_items_without_profiles_are_refused() -> None:
    texts = TEXTS.clone()
    texts[NUM_USERS:] = 0
    with pytest.raises(UserError, match="items have no profile embeddings"):
        FromText(KNOWN, texts).first_weights(DRAWN)


@pytest.mark.parametrize("make", [FromText, AlphaFuse])
def test_items_without_a_profile_keep_what_was_drawn_and_count_for_nobody(make: type[Initialiser]) -> None:
    silent = torch.tensor([3, 4, 5, 30])
    texts = TEXTS.clone()
    texts[NUM_USERS + silent] = 0
    having = torch.tensor([item for item in range(NUM_ITEMS) if item not in silent])
    made = make(KNOWN, texts)
    got = made.first_weights(DRAWN)
    assert torch.equal(got[NUM_USERS + silent], DRAWN[NUM_USERS + silent])
    # As if there were the other items alone.
    place = {int(item): number for number, item in enumerate(having)}
    pairs = [(int(u), place[int(i)]) for u, i in zip(KNOWN.users, KNOWN.items, strict=True) if int(i) in place]
    users, items = (torch.tensor(column) for column in zip(*pairs, strict=True))
    nodes = torch.cat([torch.arange(NUM_USERS), NUM_USERS + having])
    fewer = make(Interactions(users, items, NUM_USERS, len(having)), TEXTS[nodes]).first_weights(DRAWN[nodes])
    expected = DRAWN.clone()
    expected[:NUM_USERS] = fewer[:NUM_USERS]
    size_of = [float(DRAWN[NUM_USERS:].square().mean().sqrt()), float(DRAWN[nodes][NUM_USERS:].square().mean().sqrt())]
    expected[NUM_USERS + having] = fewer[NUM_USERS:] * size_of[0] / size_of[1]
    torch.testing.assert_close(got, expected)
    trained = made.trainable(DRAWN)
    assert trained is None or (trained[NUM_USERS + silent] == 1).all()
