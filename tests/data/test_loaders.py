"""Batches of an epoch and of an evaluation: everything once, and the same over any number of processes."""

from collections import Counter
from itertools import chain, combinations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch.utils.data import DataLoader

import tiny
from rlmrec.data import loaders
from rlmrec.data.loaders import EpochBatches, EvaluationBatches
from rlmrec.data.negatives import UniformNegatives
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch, EvaluationBatch

TRAIN = tiny.dataset().train
PAIRS = list(zip(*(ids.tolist() for ids in TRAIN.nonzero()), strict=True))


def interactions(count: int = len(PAIRS)) -> Interactions:
    users, items = torch.tensor(PAIRS[:count]).T
    return Interactions(users, items, tiny.NUM_USERS, tiny.NUM_ITEMS)


def epoch(
    batch_size: int = 50,
    seed: int = 0,
    number: int = 0,
    count: int = len(PAIRS),
) -> list[Batch]:
    known = interactions(count)
    batches = EpochBatches(known, UniformNegatives(known), batch_size, seed, number)
    return [batches[index] for index in range(len(batches))]


def triples(batch: Batch) -> list[tuple[int, ...]]:
    return list(zip(*(ids.tolist() for ids in batch if ids is not None), strict=True))


def flat(batches: list[Batch]) -> list[tuple[int, ...]]:
    return [triple for batch in batches for triple in triples(batch)]


@pytest.mark.parametrize("batch_size", [1, 50, len(PAIRS) - 1, len(PAIRS), len(PAIRS) + 1])
def test_every_training_pair_once_in_an_epoch(batch_size: int) -> None:
    batches = epoch(batch_size)
    assert Counter((user, item) for user, item, _ in flat(batches)) == Counter(PAIRS)
    full, rest = divmod(len(PAIRS), batch_size)
    assert [len(batch.users) for batch in batches] == [batch_size] * full + [rest] * (rest > 0)


def test_no_negative_is_a_training_item() -> None:
    assert not {(user, negative) for user, _, negative in flat(epoch())} & set(PAIRS)


def test_an_epoch_follows_from_seed_and_number_alone() -> None:
    torch.manual_seed(1)
    first = flat(epoch(seed=3, number=5))
    torch.manual_seed(2)
    epoch(seed=3, number=4)
    assert flat(epoch(seed=3, number=5)) == first
    assert flat(epoch(seed=3, number=5, batch_size=7)) == first, "the size of a batch does not matter"


def test_other_seeds_and_other_epochs_have_another_order_and_other_negatives() -> None:
    epochs = [flat(epoch(seed=seed, number=number)) for seed, number in [(0, 0), (0, 1), (1, 0), (1, 1)]]
    assert [row[:2] for row in epochs[0]] != PAIRS, "shuffled"
    for first, second in combinations(epochs, 2):
        assert [row[:2] for row in first] != [row[:2] for row in second]
        assert sorted(first) != sorted(second), "the negatives differ, not only the order"


def test_iteration_ends() -> None:
    known = interactions(10)
    batches = EpochBatches(known, UniformNegatives(known), 4, seed=0, epoch=0)
    assert [len(batch.users) for batch in DataLoader(batches, batch_size=None)] == [4, 4, 2]
    for index in (-1, 3):
        with pytest.raises(IndexError):
            batches[index]


def evaluation(held_out: csr_array, seen: csr_array, rank: int = 0, world_size: int = 1) -> list[EvaluationBatch]:
    batches = EvaluationBatches(held_out, seen, rank, world_size)
    return [batches[index] for index in range(len(batches))]


def pairs_of(batch: EvaluationBatch, part: str) -> list[tuple[int, int]]:
    """User and item of every entry; rows of a batch count users within it."""
    rows, items = getattr(batch, part)
    assert rows.dtype == items.dtype == torch.int64
    return list(zip(batch.users[rows].tolist(), items.tolist(), strict=True))


def pairs(matrix: csr_array, users: set[int]) -> Counter[tuple[int, int]]:
    return Counter((user, item) for user, item in np.argwhere(matrix.toarray()).tolist() if user in users)


HELD_OUT = csr_array(tiny.dataset().val.toarray() * (np.arange(tiny.NUM_USERS) % 5 > 1)[:, None])
WITH_HELD_OUT = set(HELD_OUT.nonzero()[0].tolist())


@pytest.mark.parametrize("users_at_once", [1, 2, 7, 10**6])
@pytest.mark.parametrize("world_size", [1, 2, 3])
def test_every_user_with_held_out_items_once(
    users_at_once: int, world_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(loaders.USERS_AT_ONCE, "cpu", users_at_once)
    shares = [evaluation(HELD_OUT, TRAIN, rank, world_size) for rank in range(world_size)]
    batches = list(chain(*shares))
    assert 0 < len(WITH_HELD_OUT) < tiny.NUM_USERS
    assert Counter(user for batch in batches for user in batch.users.tolist()) == Counter(WITH_HELD_OUT)
    for part, matrix in (("held_out", HELD_OUT), ("seen", TRAIN)):
        found = Counter(pair for batch in batches for pair in pairs_of(batch, part))
        assert found == pairs(matrix, WITH_HELD_OUT)
    assert all(len(batch.users) <= users_at_once for batch in batches)
    assert all(len(batch.users) == users_at_once for share in shares for batch in share[:-1]), "no smaller than needed"
    sizes = [sum(len(batch.users) for batch in share) for share in shares]
    assert max(sizes) - min(sizes) <= 1


def test_coordinates_by_hand() -> None:
    held_out = csr_array(np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0], [1, 0, 0]], np.float32))
    seen = csr_array(np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32))
    (batch,) = evaluation(held_out, seen)
    assert batch.users.tolist() == [1, 3]
    assert batch.held_out.tolist() == [[0, 0, 1], [1, 2, 0]]
    assert batch.seen.tolist() == [[0], [0]]


def test_a_process_without_users_has_one_empty_batch() -> None:
    single = csr_array(np.array([[0, 1], [0, 0]], np.float32))
    assert len(EvaluationBatches(single, single, rank=0, world_size=2)) == 1
    (empty,) = list(EvaluationBatches(single, single, rank=1, world_size=2))
    assert [len(empty.users), empty.seen.numel(), empty.held_out.numel()] == [0, 0, 0]


def test_all_pairs_of_an_epoch_go_to_the_device_at_once() -> None:
    known, meta = interactions(), torch.device("meta")
    batches = EpochBatches(known, UniformNegatives(known), 50, 0, 0, meta)
    (storage,) = {ids.untyped_storage()._cdata for ids in batches.pairs if ids is not None}
    assert [len(batch.users) for batch in epoch()] == [len(batches[index].users) for index in range(len(batches))]
    assert all(ids.device == meta and ids.untyped_storage()._cdata == storage for ids in batches[1] if ids is not None)


def test_an_evaluation_on_a_device_sends_its_chunks_once() -> None:
    batches = EvaluationBatches(TRAIN, TRAIN, device=torch.device("meta"))
    first = batches[0]
    assert {part.device.type for part in first} == {"meta"}
    assert batches[0] is first
    on_the_cpu = EvaluationBatches(TRAIN, TRAIN)
    assert on_the_cpu[0] is not on_the_cpu[0], "there they would take memory for little time"
    assert [part.shape for part in first] == [part.shape for part in on_the_cpu[0]]
