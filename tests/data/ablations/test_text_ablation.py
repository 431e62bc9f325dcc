"""Profile embeddings without their meaning, to tell what the text contributes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import tiny
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data import FolderDataset, profile_embeddings
from rlmrec.data.ablations.text_ablation import ablate_text
from rlmrec.data.dataset import Dataset

NUM_USERS, NUM_ITEMS, DIM = 50, 30, 6
LENGTHS = np.linspace(0, 3, NUM_USERS + NUM_ITEMS, dtype=np.float32)
ABLATIONS = ["shuffled", "random"]


@pytest.fixture
def dataset() -> Dataset:
    """With embeddings of many lengths, no two alike, one of them zero."""
    vectors = np.random.default_rng(0).standard_normal((NUM_USERS + NUM_ITEMS, DIM)).astype(np.float32)
    users, items = np.split(vectors * LENGTHS[:, None], [NUM_USERS])
    train = tiny.dataset().train[:NUM_USERS, :NUM_ITEMS]
    whole = tiny.dataset()
    tables = {"users": whole.users[:NUM_USERS], "items": whole.items[:NUM_ITEMS]}
    return replace(whole, train=train, user_embeddings=users, item_embeddings=items, **tables)


def embeddings(dataset: Dataset) -> np.ndarray:
    return np.array(dataset.profile_embeddings())


def as_set(rows: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(row) for row in rows.tolist()}


def test_none_changes_nothing(dataset: Dataset) -> None:
    assert ablate_text(dataset, "none", seed=0) is dataset


def test_shuffled_deals_out_among_users_and_among_items(dataset: Dataset) -> None:
    profiles, shuffled = embeddings(dataset), embeddings(ablate_text(dataset, "shuffled", seed=0))
    for part in (slice(NUM_USERS), slice(NUM_USERS, None)):
        assert as_set(shuffled[part]) == as_set(profiles[part])
        own = (shuffled[part] == profiles[part]).all(1).mean()
        assert own < 0.2, "hardly anyone keeps their own"


def test_shuffled_embeddings_are_of_a_profile_where_they_were_before(dataset: Dataset) -> None:
    texts = [f"likes {n}" if n % 3 else "" for n in range(NUM_USERS)]
    shuffled = ablate_text(replace(dataset, users=dataset.users.with_columns(profile=pl.Series(texts))), "shuffled", 0)
    rows = {tuple(row): n % 3 > 0 for n, row in enumerate(dataset.user_embeddings.tolist())}
    assert shuffled.has_profile[:NUM_USERS].tolist() == [rows[tuple(row)] for row in shuffled.user_embeddings.tolist()]


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_whoever_has_no_profile_keeps_the_placeholder(ablation: Any, dataset: Dataset) -> None:
    profiles = ["", *dataset.users["profile"][1:]]
    some = replace(dataset, users=dataset.users.with_columns(profile=pl.Series(profiles)))
    before, after = embeddings(some), embeddings(ablate_text(some, ablation, seed=0))
    assert np.array_equal(after[0], before[0])
    assert not np.array_equal(after[1:], before[1:])


def test_random_keeps_lengths_and_no_direction(dataset: Dataset) -> None:
    profiles, drawn = embeddings(dataset), embeddings(ablate_text(dataset, "random", seed=0))
    lengths = np.linalg.norm(profiles, axis=1)
    assert drawn.dtype == np.float32
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(lengths, abs=1e-5)
    cosines = (drawn * profiles).sum(1)[1:] / lengths[1:] ** 2
    assert abs(cosines.mean()) < 0.15
    assert abs(drawn[1:] / lengths[1:, None]).mean(0) == pytest.approx(np.full(DIM, 0.34), abs=0.08), "any direction"


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_an_ablation_follows_its_seed_and_leaves_its_input_alone(ablation: Any, dataset: Dataset) -> None:
    before = embeddings(dataset)
    first, again, other = (embeddings(ablate_text(dataset, ablation, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(embeddings(dataset), before)


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_only_the_embeddings_change(ablation: Any, dataset: Dataset) -> None:
    changed = ablate_text(dataset, ablation, seed=0)
    assert changed.user_embeddings is not None and changed.user_embeddings.shape == (NUM_USERS, DIM)
    assert changed.item_embeddings is not None and changed.item_embeddings.shape == (NUM_ITEMS, DIM)
    whole = replace(changed, user_embeddings=dataset.user_embeddings, item_embeddings=dataset.item_embeddings)
    if ablation == "shuffled":
        whole = replace(whole, users=dataset.users, items=dataset.items)
        assert changed.users.drop("profile").equals(dataset.users.drop("profile"))
    assert all(value is vars(dataset)[name] for name, value in vars(whole).items())


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_embeddings_must_be_there(ablation: Any) -> None:
    with pytest.raises(MissingFilesError, match="no embeddings"):
        ablate_text(tiny.dataset(with_text=False), ablation, seed=0)
    ablate_text(tiny.dataset(with_text=False), "none", seed=0)


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_embeddings_must_fit_into_the_memory(ablation: Any, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = FolderDataset(str(tiny_folder)).load()
    assert not np.array_equal(embeddings(ablate_text(dataset, ablation, seed=0)), embeddings(dataset))
    monkeypatch.setattr(profile_embeddings, "SHARE_OF_MEMORY", 0)
    with pytest.raises(UserError, match=f"text_ablation={ablation} changes all profile embeddings.*too large"):
        ablate_text(dataset, ablation, seed=0)


def test_an_unknown_ablation(dataset: Dataset) -> None:
    unknown: Any = "reversed"
    with pytest.raises(UserError, match="text_ablation=reversed: valid are none, shuffled, random"):
        ablate_text(dataset, unknown, seed=0)
