"""Controls for what the text contributes."""

from typing import Any

import numpy as np
import pytest

from rlmrec.common.errors import UserError
from rlmrec.data.text_ablation import control_profiles

NUM_USERS, NUM_ITEMS, DIM = 50, 30, 6


@pytest.fixture
def profiles() -> np.ndarray:
    """Vectors of many lengths, no two alike, one of them zero."""
    vectors = np.random.default_rng(0).standard_normal((NUM_USERS + NUM_ITEMS, DIM)).astype(np.float32)
    vectors *= np.linspace(0, 3, len(vectors), dtype=np.float32)[:, None]
    return vectors


def as_set(rows: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(row) for row in rows.tolist()}


def test_none_changes_nothing(profiles: np.ndarray) -> None:
    assert np.array_equal(control_profiles(profiles, NUM_USERS, "none", seed=0), profiles)


def test_shuffled_deals_out_among_users_and_among_items(profiles: np.ndarray) -> None:
    shuffled = control_profiles(profiles, NUM_USERS, "shuffled", seed=0)
    for part in (slice(NUM_USERS), slice(NUM_USERS, None)):
        assert as_set(shuffled[part]) == as_set(profiles[part])
        own = (shuffled[part] == profiles[part]).all(1).mean()
        assert own < 0.2, "hardly anyone keeps their own"


def test_random_keeps_lengths_and_no_direction(profiles: np.ndarray) -> None:
    drawn = control_profiles(profiles, NUM_USERS, "random", seed=0)
    lengths = np.linalg.norm(profiles, axis=1)
    assert drawn.dtype == np.float32
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(lengths, abs=1e-5)
    cosines = (drawn * profiles).sum(1)[1:] / lengths[1:] ** 2
    assert abs(cosines.mean()) < 0.15
    assert abs(drawn[1:] / lengths[1:, None]).mean(0) == pytest.approx(np.full(DIM, 0.34), abs=0.08), "any direction"


@pytest.mark.parametrize("control", ["shuffled", "random"])
def test_a_control_follows_its_seed_and_leaves_its_input_alone(control: Any, profiles: np.ndarray) -> None:
    before = profiles.copy()
    first, again, other = (control_profiles(profiles, NUM_USERS, control, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(profiles, before)


def test_an_unknown_control(profiles: np.ndarray) -> None:
    unknown: Any = "reversed"
    with pytest.raises(UserError, match="text_ablation=reversed: valid are none, shuffled, random"):
        control_profiles(profiles, NUM_USERS, unknown, seed=0)
