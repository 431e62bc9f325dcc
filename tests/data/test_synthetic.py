"""Made-up graphs: sizes as asked, degrees by power laws, text that tells, the same every time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.synthetic import SyntheticDataset
from rlmrec.data.validation import validate


def made(cache: Path, **options: Any) -> Dataset:
    return SyntheticDataset(str(cache), **{"users": 2000, "items": 500, "interactions": 20_000} | options).load()


def test_a_valid_dataset_of_the_size_asked_for(tmp_path: Path) -> None:
    dataset = made(tmp_path, text_dim=16)
    validate(dataset)
    counts = [part.nnz for part in (dataset.train, dataset.val, dataset.test)]
    assert dataset.train.shape == (2000, 500)
    assert sum(counts) == 20_000
    assert counts[0] > 0.6 * 20_000, "users keep a training interaction"
    assert abs(counts[1] - counts[2]) < 0.05 * counts[1]
    vectors = dataset.profile_embeddings()
    assert vectors.shape == (2500, 16)
    assert vectors.dtype == torch.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(("side", "option"), [(1, "user_exponent"), (0, "item_exponent")])
def test_degrees_follow_the_exponents(tmp_path: Path, side: int, option: str) -> None:
    def share_of_the_busiest(exponent: float) -> float:
        train = made(tmp_path, text_dim=0, affinity=0.0, **{option: exponent}).train
        degrees = np.sort(train.sum(axis=side))[::-1]
        return float(degrees[: len(degrees) // 100].sum() / degrees.sum())

    even, uneven = share_of_the_busiest(0.0), share_of_the_busiest(0.8)
    assert even < 0.04
    # 0.25 by the sum of n^-0.8, less what pairs drawn twice and the interaction that everybody has take away
    assert 0.1 < uneven < 0.3


def test_text_and_interactions_tell_the_same_groups(tmp_path: Path) -> None:
    def advantage(affinity: float) -> float:
        dataset = made(tmp_path, text_dim=32, affinity=affinity, groups=10, text_noise=0.3)
        assert dataset.user_embeddings is not None
        assert dataset.item_embeddings is not None
        users, items = dataset.train.nonzero()
        alike = (dataset.user_embeddings[users] * dataset.item_embeddings[items]).sum(1).mean()
        return float(alike - (dataset.user_embeddings @ dataset.item_embeddings.T).mean())

    assert advantage(0.8) > 0.5
    assert abs(advantage(0.0)) < 0.1


def test_equal_options_give_equal_data_and_other_seeds_others(tmp_path: Path) -> None:
    first, again = (made(tmp_path / name, text_dim=4) for name in ("a", "b"))
    other = made(tmp_path / "a", text_dim=4, seed=1)
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()
    np.testing.assert_array_equal(first.profile_embeddings(), again.profile_embeddings())
    assert not np.array_equal(first.profile_embeddings(), other.profile_embeddings())


def test_vectors_are_memory_mapped_and_made_once(tmp_path: Path) -> None:
    first = made(tmp_path, text_dim=4)
    assert isinstance(first.user_embeddings, np.memmap)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    assert len(files) == 2
    made(tmp_path, text_dim=4, user_exponent=0.1)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == files


def test_without_text(tmp_path: Path) -> None:
    dataset = made(tmp_path, text_dim=0)
    with pytest.raises(MissingFilesError, match="text_dim=0"):
        dataset.profile_embeddings()
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("interactions", [1999, 250_001])
def test_impossible_sizes_are_refused(tmp_path: Path, interactions: int) -> None:
    with pytest.raises(UserError, match=rf"dataset.interactions={interactions}: .* take 2000 to 250000 distinct"):
        made(tmp_path, interactions=interactions)


def test_too_uneven_degrees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too many for such uneven degrees"):
        made(tmp_path, interactions=200_000, user_exponent=3.0)


def test_a_split_without_interactions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="val holds no interaction; test holds no interaction"):
        made(tmp_path, users=10, items=100, interactions=10, text_dim=0)
