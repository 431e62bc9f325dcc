"""Models built from parts: sizes, first weights, profiles and identity."""

import dataclasses
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hydra.utils import get_class, instantiate
from scipy.sparse import csr_array

import parts
import tiny
from rlmrec.common.errors import MissingFilesError
from rlmrec.data import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.training.build import build, identity
from rlmrec.training.recommender import Recommender


def built(
    dataset: Dataset, backbone: str = "lightgcn", align: str = "generative", seed: int = 0, control: str = "none"
) -> Recommender:
    body, head = (instantiate(parts.options(*part)) for part in (("backbone", backbone), ("align", align)))
    recommender = partial(Recommender, optimizer=torch.optim.Adam, seed=seed)
    return build(dataset, InteractionDataModule, body, head, recommender, control, seed)[1]


def weights(model: Recommender) -> dict[str, Any]:
    return {name: value.tolist() for name, value in model.state_dict().items()}


def test_first_weights_follow_the_seed_alone() -> None:
    first = weights(built(tiny.dataset()))
    torch.rand(3)
    assert weights(built(tiny.dataset())) == first
    assert weights(built(tiny.dataset(), seed=1))["backbone.initial_embeddings"] != first["backbone.initial_embeddings"]


def test_alignments_are_compared_on_the_same_first_weights() -> None:
    tables = [weights(built(tiny.dataset(), align=align))["backbone.initial_embeddings"] for align in parts.ALIGNMENTS]
    assert all(table == tables[0] for table in tables)


def test_parts_are_told_their_sizes() -> None:
    model = built(tiny.dataset(), backbone="gccf")
    assert (model.backbone.num_users, model.backbone.num_items) == (tiny.NUM_USERS, tiny.NUM_ITEMS)
    assert model.aligner.mask_token.shape == (1, 8)
    assert model.aligner.projector[0].in_features == model.backbone.output_dim == 24
    assert model.aligner.profiles.dtype == torch.float32
    np.testing.assert_array_equal(model.aligner.profiles.numpy(), tiny.dataset().profile_embeddings())


@pytest.mark.parametrize("align", parts.ALIGNMENTS)
def test_profiles_that_are_needed_must_be_there(align: str) -> None:
    needed = get_class(parts.options("align", align)["_target_"]).uses_profiles
    with pytest.raises(MissingFilesError, match="no embeddings") if needed else nullcontext():
        built(tiny.dataset(with_text=False), align=align)


def test_profiles_that_are_not_needed_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dataset, "profiles", lambda _: pytest.fail("profiles were read"))
    built(tiny.dataset(), align="none")


@pytest.mark.parametrize("control", ["shuffled", "random"])
def test_text_controls_replace_the_profiles(control: str) -> None:
    model, original = built(tiny.dataset(), control=control), torch.from_numpy(tiny.dataset().profile_embeddings())
    profiles = model.aligner.profiles
    assert profiles.shape == original.shape and profiles.dtype == original.dtype
    assert not torch.equal(profiles, original)
    assert weights(model) == weights(built(tiny.dataset())), "the control changes nothing but the text"


def test_identity_tells_interactions_and_texts_apart() -> None:
    dataset = tiny.dataset()
    known = built(dataset).dataset
    profiles = torch.from_numpy(dataset.profile_embeddings())
    assert known in (identity(dataset, profiles), identity(dataset, None))
    known = identity(dataset, profiles)
    assert (known["name"], known["num_users"], known["num_items"]) == ("tiny", tiny.NUM_USERS, tiny.NUM_ITEMS)
    changed = dataset.train.toarray()
    changed[0, 0] = 1 - changed[0, 0]
    others = [
        dataclasses.replace(dataset, name="other"),
        dataclasses.replace(dataset, train=csr_array(changed)),
        dataclasses.replace(dataset, val=dataset.test),
        dataclasses.replace(dataset, test=dataset.val),
    ]
    assert all(identity(other, profiles) != known for other in others)
    assert identity(dataset, profiles + 1) != known
    assert identity(dataclasses.replace(dataset, description="told anew"), profiles) == known
