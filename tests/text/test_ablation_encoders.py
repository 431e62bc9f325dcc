from dataclasses import replace
from typing import Any

import numpy as np

import tiny
from made_up_encoder import MadeUpEncoder
from rlmrec.data.ablations.text_ablation import ablate_text
from rlmrec.text.ablation_encoders import RandomEncoder, ShuffledEncoder
from rlmrec.text.encoder import Places

NUM_USERS = 7
TEXTS = [f"profile {number}" for number in range(7)] + [f"item {number}" for number in range(5)]


def ablated(vectors: np.ndarray, num_users: int, ablation: Any, seed: int) -> np.ndarray:
    """What training makes of the same embeddings."""
    users, items = np.split(vectors, [num_users])
    train = tiny.dataset().train[:num_users, : len(items)]
    whole = tiny.dataset()
    tables = {"users": whole.users[:num_users], "items": whole.items[: len(items)]}
    dataset = replace(whole, train=train, user_embeddings=users, item_embeddings=items, **tables)
    return np.array(ablate_text(dataset, ablation, seed).profile_embeddings())


def test_shuffled_deals_out_within_users_and_within_items(places: Places) -> None:
    inner = MadeUpEncoder()
    vectors = inner.encode(TEXTS)
    dealt = ShuffledEncoder(inner, seed=1).encode_profiles(TEXTS, NUM_USERS, places)
    for part in (slice(None, NUM_USERS), slice(NUM_USERS, None)):
        assert sorted(map(tuple, dealt[part])) == sorted(map(tuple, vectors[part]))
    assert not np.array_equal(dealt, vectors)
    np.testing.assert_array_equal(dealt, ablated(vectors, NUM_USERS, "shuffled", seed=1))
    other = ShuffledEncoder(inner, seed=2).encode_profiles(TEXTS, NUM_USERS, places)
    assert not np.array_equal(dealt, other)


def test_random_vectors_have_unit_length_and_follow_the_seed(places: Places) -> None:
    vectors = RandomEncoder(dim=16, seed=3).encode_profiles(["same"] * 50, 20, places)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(vectors, RandomEncoder(16, 3).encode_profiles([""] * 50, 1, places))
    assert len(np.unique(vectors, axis=0)) == 50, "equal profiles share no vector"
    assert not np.array_equal(vectors, RandomEncoder(16, 4).encode_profiles(["same"] * 50, 20, places))
    lengths = np.linspace(1, 2, 50, dtype=np.float32)[:, None]
    np.testing.assert_allclose(ablated(lengths * vectors, 20, "random", 3), lengths * vectors, rtol=1e-5)


def test_ablations_name_what_they_ablate() -> None:
    assert ShuffledEncoder(MadeUpEncoder(), 5).identity() == {
        "encoder": "shuffled",
        "seed": 5,
        "of": MadeUpEncoder().identity(),
    }
