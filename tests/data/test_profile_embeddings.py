"""Vectors on disk stand for a tensor: the same rows, the same training, sent to other processes by name."""

import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra.utils import instantiate

import parts
import tiny
from rlmrec.common.errors import UserError
from rlmrec.data import FolderDataset, InteractionDataModule
from rlmrec.data.profile_embeddings import MappedEmbeddings, open_embeddings
from rlmrec.text import mapped_profiles
from rlmrec.training.build import build
from rlmrec.training.recommender import Recommender


@pytest.fixture
def mapped(tmp_path: Path) -> MappedEmbeddings:
    random = np.random.default_rng(0)
    for name, count, kind in (("users", 7, np.float32), ("items", 5, np.float16)):
        np.save(tmp_path / f"{name}.npy", random.standard_normal((count, 3)).astype(kind))
    return open_embeddings([str(tmp_path / "users.npy"), str(tmp_path / "items.npy")])


def test_rows_are_those_of_the_files(mapped: MappedEmbeddings) -> None:
    whole = torch.cat([torch.from_numpy(np.load(file)).float() for file in mapped.files])
    assert mapped.shape == whole.shape
    assert len(mapped) == len(whole)
    for ids in (torch.tensor([11, 0, 6, 7, 7]), torch.tensor([], dtype=torch.int64), slice(7), slice(5, 9)):
        assert torch.equal(mapped[ids], whole[ids])
    assert mapped.sha256() == mapped_profiles.hashlib.sha256(whole.numpy().data).hexdigest()


def test_other_processes_get_the_names_of_the_files(mapped: MappedEmbeddings) -> None:
    sent = pickle.dumps(mapped)
    assert len(sent) < 1000
    assert torch.equal(pickle.loads(sent)[slice(None)], mapped[slice(None)])


def built(folder: Path, align: str, text_ablation: str = "none") -> Recommender:
    body, head = (instantiate(parts.options(*part)) for part in (("backbone", "lightgcn"), ("align", align)))
    recommender = partial(Recommender, optimizer=partial(torch.optim.Adam, lr=0.01), seed=0)
    dataset = FolderDataset(str(folder)).load()
    return build(dataset, InteractionDataModule, body, head, recommender, text_ablation, seed=0)[1]  # type: ignore[arg-type]


@pytest.mark.parametrize("align", ["contrastive", "generative"])
def test_training_steps_and_identity_are_the_same(
    align: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = built(tiny_folder, align)
    monkeypatch.setattr(mapped_profiles, "SHARE_OF_MEMORY", 0)
    on_disk = built(tiny_folder, align)
    assert isinstance(on_disk.aligner.profiles, MappedEmbeddings)
    assert isinstance(in_memory.aligner.profiles, torch.Tensor)
    assert on_disk.dataset == in_memory.dataset
    batch = parts.batch(tiny.NUM_ITEMS)
    terms = []
    for model in (in_memory, on_disk):
        torch.manual_seed(0)
        terms.append(model.loss_terms(batch, 0))
    assert terms[0] == terms[1]


def test_controls_need_the_vectors_in_memory(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_profiles, "SHARE_OF_MEMORY", 0)
    with pytest.raises(UserError, match="text_ablation=shuffled changes all profile vectors"):
        built(tiny_folder, "contrastive", "shuffled")
