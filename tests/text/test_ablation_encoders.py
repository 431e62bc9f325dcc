import numpy as np
import pytest

from made_up_encoder import MadeUpEncoder
from rlmrec.common.errors import UserError
from rlmrec.data.text_ablation import control_profiles
from rlmrec.text.ablation_encoders import RandomEncoder, ShuffledEncoder
from rlmrec.text.encoder import Places

NUM_USERS = 7
TEXTS = [f"profile {number}" for number in range(7)] + [f"item {number}" for number in range(5)]


def test_shuffled_deals_out_within_users_and_within_items(places: Places) -> None:
    inner = MadeUpEncoder()
    vectors = inner.encode(TEXTS)
    dealt = ShuffledEncoder(inner, seed=1).encode_profiles(TEXTS, NUM_USERS, places)
    for part in (slice(None, NUM_USERS), slice(NUM_USERS, None)):
        assert sorted(map(tuple, dealt[part])) == sorted(map(tuple, vectors[part]))
    assert not np.array_equal(dealt, vectors)
    np.testing.assert_array_equal(dealt, control_profiles(vectors, NUM_USERS, "shuffled", seed=1))
    other = ShuffledEncoder(inner, seed=2).encode_profiles(TEXTS, NUM_USERS, places)
    assert not np.array_equal(dealt, other)


def test_random_vectors_have_unit_length_and_follow_the_seed(places: Places) -> None:
    vectors = RandomEncoder(dim=16, seed=3).encode_profiles(["same"] * 50, 20, places)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors, RandomEncoder(16, 3).encode_profiles([""] * 50, 1, places))
    assert len(np.unique(vectors, axis=0)) == 50, "equal profiles share no vector"
    assert not np.array_equal(vectors, RandomEncoder(16, 4).encode_profiles(["same"] * 50, 20, places))
    lengths = np.linspace(1, 2, 50, dtype=np.float32)[:, None]
    np.testing.assert_allclose(control_profiles(lengths * vectors, 20, "random", 3), lengths * vectors, rtol=1e-5)


def test_controls_name_what_they_control() -> None:
    assert ShuffledEncoder(MadeUpEncoder(), 5).identity() == {
        "encoder": "shuffled",
        "seed": 5,
        "of": MadeUpEncoder().identity(),
    }


def test_unknown_control() -> None:
    with pytest.raises(UserError, match="valid are none, shuffled, random"):
        control_profiles(np.ones((3, 2)), 1, "mixed", 0)
