"""The datamodule hands out the batches of the trainer's epoch and process."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import pytorch_lightning as L
import torch
from scipy.sparse import csr_array

import tiny
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.graph.batch import Batch, EvaluationBatch

DATASET = tiny.dataset()


def module(epoch: int = 0, rank: int = 0, world_size: int = 1, **options: Any) -> InteractionDataModule:
    made = InteractionDataModule(DATASET, **options)
    place = SimpleNamespace(root_device=torch.device("cpu"))
    trainer = SimpleNamespace(current_epoch=epoch, global_rank=rank, world_size=world_size, strategy=place)
    made.trainer = cast(L.Trainer, trainer)
    return made


def triples(batches: Any) -> list[tuple[int, ...]]:
    return [row for batch in batches for row in zip(*(ids.tolist() for ids in batch[:3]), strict=True)]


def pairs(batches: Any, part: str) -> set[tuple[int, int]]:
    found = set()
    for batch in batches:
        rows, items = getattr(batch, part)
        found |= set(zip(batch.users[rows].tolist(), items.tolist(), strict=True))
    return found


def entries(matrix: csr_array, users: csr_array) -> set[tuple[int, int]]:
    """The entries in rows of users that have any in ``users``."""
    chosen = set(users.nonzero()[0].tolist())
    return {(user, item) for user, item in np.argwhere(matrix.toarray()).tolist() if user in chosen}


def test_interactions_are_the_training_ones() -> None:
    known = InteractionDataModule(DATASET).interactions
    assert (known.num_users, known.num_items) == (tiny.NUM_USERS, tiny.NUM_ITEMS)
    assert known.users.dtype == known.items.dtype == torch.int64
    dense = np.zeros(DATASET.train.shape)
    dense[known.users, known.items] = 1
    assert np.array_equal(dense, DATASET.train.toarray())


def test_training_batches_hold_every_pair_and_no_known_negative() -> None:
    batches = list(module(batch_size=100).train_dataloader())
    assert all(isinstance(batch, Batch) for batch in batches)
    assert [len(batch.users) for batch in batches] == [100, 100, 100, 77]
    known = set(map(tuple, np.argwhere(DATASET.train.toarray()).tolist()))
    rows = triples(batches)
    assert Counter(row[:2] for row in rows) == Counter(known)
    assert not {(user, negative) for user, _, negative in rows} & known


def test_epoch_and_seed_decide_about_the_batches() -> None:
    first = triples(module(epoch=3, seed=1).train_dataloader())
    assert triples(module(epoch=3, seed=1).train_dataloader()) == first
    assert triples(module(epoch=4, seed=1).train_dataloader()) != first
    assert triples(module(epoch=3, seed=2).train_dataloader()) != first


def test_processes_share_the_users_of_an_evaluation_and_train_on_the_same_batches() -> None:
    alone = module(batch_size=64)
    shares = [module(batch_size=64, rank=rank, world_size=2) for rank in range(2)]
    for share in shares:
        assert triples(share.train_dataloader()) == triples(alone.train_dataloader())
    for part in ("val_dataloader", "test_dataloader"):
        users = [user for share in shares for batch in getattr(share, part)() for user in batch.users.tolist()]
        assert sorted(users) == [user for batch in getattr(alone, part)() for user in batch.users.tolist()]


def test_without_a_trainer_the_batches_are_those_of_the_first_epoch_and_of_all_users() -> None:
    alone, trained = InteractionDataModule(DATASET, batch_size=100), module(batch_size=100)
    first = triples(alone.train_dataloader())
    assert first == triples(trained.train_dataloader())
    assert first == triples(alone.train_dataloader()), "again the first epoch"
    for part, held_out in (("val_dataloader", DATASET.val), ("test_dataloader", DATASET.test)):
        batches = list(getattr(alone, part)())
        assert pairs(batches, "held_out") == entries(held_out, held_out)
        for one, other in zip(batches, getattr(trained, part)(), strict=True):
            assert all(left.equal(right) for left, right in zip(one, other, strict=True))


def test_validation_ranks_what_is_not_in_training() -> None:
    for mask in ("train", "train+val"):
        batches = list(module(mask=mask).val_dataloader())
        assert all(isinstance(batch, EvaluationBatch) for batch in batches)
        assert pairs(batches, "held_out") == entries(DATASET.val, DATASET.val)
        assert pairs(batches, "seen") == entries(DATASET.train, DATASET.val)


@pytest.mark.parametrize("mask", ["train", "train+val"])
def test_at_test_time_validation_items_are_candidates_unless_masked(mask: str) -> None:
    batches = list(module(mask=mask).test_dataloader())
    assert pairs(batches, "held_out") == entries(DATASET.test, DATASET.test)
    seen = entries(DATASET.train, DATASET.test) | (entries(DATASET.val, DATASET.test) if "val" in mask else set())
    assert pairs(batches, "seen") == seen


def test_published_way_is_the_default() -> None:
    assert InteractionDataModule(DATASET).mask == "train", "quirk Q17"
