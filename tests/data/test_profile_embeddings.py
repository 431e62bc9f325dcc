"""Embeddings on disk stand for a tensor: the same rows, the same training, sent to other processes by name."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

import parts
import tiny
from rlmrec.common.errors import UserError
from rlmrec.data import FolderDataset, profile_embeddings
from rlmrec.data.profile_embeddings import MappedEmbeddings, of_own_texts, open_embeddings, sha256
from rlmrec.training.recommender import Recommender


@pytest.fixture
def mapped(tmp_path: Path) -> MappedEmbeddings:
    random = np.random.default_rng(0)
    for name, count, kind in (("users", 7, np.float32), ("items", 5, np.float16)):
        np.save(tmp_path / f"{name}.npy", random.standard_normal((count, 3)).astype(kind))
    return open_embeddings([str(tmp_path / "users.npy"), str(tmp_path / "items.npy")])


def test_rows_are_those_of_the_files(mapped: MappedEmbeddings, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = torch.cat([torch.from_numpy(np.load(file)).float() for file in mapped.files])
    assert mapped.shape == whole.shape
    assert len(mapped) == len(whole)
    for ids in (torch.tensor([11, 0, 6, 7, 7]), torch.tensor([], dtype=torch.int64), slice(7), slice(5, 9)):
        assert torch.equal(mapped[ids], whole[ids])
    monkeypatch.setattr(profile_embeddings, "ROWS_AT_ONCE", 2)
    assert sha256(mapped) == sha256(whole) == hashlib.sha256(whole.numpy().data).hexdigest()


def test_embeddings_of_nobody_come_as_zeros(mapped: MappedEmbeddings) -> None:
    has_profile = np.arange(12) % 3 > 0
    expected = mapped[slice(None)] * torch.from_numpy(has_profile)[:, None]
    of_own, in_memory = (of_own_texts(made, has_profile) for made in (mapped, mapped[slice(None)]))
    assert torch.equal(in_memory[slice(None)], expected)
    for made in (of_own, pickle.loads(pickle.dumps(of_own))):
        assert isinstance(made, MappedEmbeddings)
        for ids in (torch.tensor([11, 0, 6, 7, 7]), slice(7), slice(5, 9)):
            assert torch.equal(made[ids], expected[ids])
    assert of_own_texts(mapped, np.ones(12, bool)) is mapped


def test_other_processes_get_the_names_of_the_files(mapped: MappedEmbeddings) -> None:
    sent = pickle.dumps(mapped)
    assert len(sent) < 1000
    assert torch.equal(pickle.loads(sent)[slice(None)], mapped[slice(None)])


def test_only_whole_files_that_are_large_stay_on_disk(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = FolderDataset(str(tiny_folder)).load()
    users, items = dataset.user_embeddings, dataset.item_embeddings
    assert users is not None and items is not None
    join = profile_embeddings.profile_embeddings
    assert isinstance(join(users, items), torch.Tensor), "small enough"
    monkeypatch.setattr(profile_embeddings, "SHARE_OF_MEMORY", 0)
    assert isinstance(join(users, items), MappedEmbeddings)
    assert torch.equal(join(users, items)[slice(None)], torch.from_numpy(np.concatenate([users, items])))
    for others in ((np.array(users), items), (users, np.array(items)), (users[1:], items)):
        joined = join(*others)
        assert isinstance(joined, torch.Tensor)
        assert np.array_equal(joined, np.concatenate(others))


def built(folder: Path, align: str, text_ablation: str = "none") -> Recommender:
    dataset = FolderDataset(str(folder)).load()
    return parts.built(dataset, "lightgcn", align, text_ablation=text_ablation)[0]


@pytest.mark.parametrize("align", ["contrastive", "generative"])
def test_training_steps_and_identity_are_the_same(
    align: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = built(tiny_folder, align)
    monkeypatch.setattr(profile_embeddings, "SHARE_OF_MEMORY", 0)
    on_disk = built(tiny_folder, align)
    assert isinstance(on_disk.aligner.profile_embeddings, MappedEmbeddings)
    assert isinstance(in_memory.aligner.profile_embeddings, torch.Tensor)
    assert on_disk.dataset_identity == in_memory.dataset_identity
    batch = parts.batch(tiny.NUM_ITEMS)
    terms = []
    for model in (in_memory, on_disk):
        torch.manual_seed(0)
        terms.append(model.loss_terms(batch, 0))
    assert terms[0] == terms[1]


def test_ablations_need_the_embeddings_in_memory(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_embeddings, "SHARE_OF_MEMORY", 0)
    with pytest.raises(UserError, match="text_ablation=shuffled changes all profile embeddings"):
        built(tiny_folder, "contrastive", "shuffled")
