"""Random non-interactions: how many, which, and what they change."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

import tiny
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.data.ablations.interaction_noise import random_non_interactions
from rlmrec.data.dataset import Dataset


def pairs(dataset: Dataset, share: float = 0.25, seed: int = 1) -> list[tuple[int, int]]:
    users, items = random_non_interactions(dataset, share, seed)
    return list(zip(users.tolist(), items.tolist(), strict=True))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
def test_as_many_distinct_pairs_as_asked_for_in_no_split(share: float) -> None:
    dataset = tiny.dataset()
    drawn = pairs(dataset, share)
    assert len(drawn) == len(set(drawn)) == round(share * dataset.train.nnz)
    known = (dataset.train + dataset.val + dataset.test).toarray()
    assert not any(known[pair] for pair in drawn)


def test_the_seed_decides() -> None:
    assert pairs(tiny.dataset()) == pairs(tiny.dataset())
    assert set(pairs(tiny.dataset())) != set(pairs(tiny.dataset(), seed=2))


def test_nobody_is_favoured() -> None:
    dataset = tiny.dataset()
    users = np.bincount([user for user, _ in pairs(dataset, 1.0)], minlength=dataset.num_users)
    assert users[: dataset.num_users // 2].sum() / users.sum() == pytest.approx(0.5, abs=0.1)


def test_who_has_no_training_interaction_stays_so() -> None:
    dataset = tiny.dataset()
    train = dataset.train.toarray()
    train[3], train[:, 5] = 0, 0
    drawn = pairs(dataclasses.replace(dataset, train=csr_array(train)), 1.0)
    assert 3 not in {user for user, _ in drawn}
    assert 5 not in {item for _, item in drawn}


def test_more_than_there_is_is_refused() -> None:
    with pytest.raises(UserError, match=r"^interaction_noise=50 .* ask for less"):
        pairs(tiny.dataset(), 50)


def test_it_is_trained_on_but_leaves_the_ranking_alone() -> None:
    dataset = tiny.dataset()
    clean, noisy = (InteractionDataModule(dataset, seed=1, interaction_noise=share) for share in (0.0, 0.25))
    known, more = (
        set(zip(part.interactions.users.tolist(), part.interactions.items.tolist(), strict=True))
        for part in (clean, noisy)
    )
    assert more - known == set(pairs(dataset))
    assert known <= more
    assert len(noisy.sampler.known) == len(more), "a false positive is no negative"
    for one, other in zip(clean.test_dataloader(), noisy.test_dataloader(), strict=True):
        assert all(left.equal(right) for left, right in zip(one, other, strict=True))


def test_held_out_pairs_of_cold_users_do_not_count_as_taken() -> None:
    train, val = np.zeros((4, 3)), np.zeros((4, 3))
    train[0, :2] = train[1, 0] = 1
    val[2:] = 1  # of users who are cold
    dataset = dataclasses.replace(tiny.dataset(), train=csr_array(train), val=csr_array(val), test=csr_array(0 * val))
    assert pairs(dataset, 1 / 3) == [(1, 1)]
    with pytest.raises(UserError, match="asks for 2 pairs, but only 1 pairs are not"):
        pairs(dataset, 2 / 3)
