"""Models of data in which users, or items, have no profile embeddings."""

import dataclasses
import logging

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import Tensor

import parts
import tiny
from rlmrec.aligners import Aligner, NoAlignment
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.graph import Batch
from rlmrec.training.build import build_model


class TwoSided(Aligner):
    """Needs profiles of users and of items."""

    def losses(self, nodes: Tensor, batch: Batch, masked: Tensor | None) -> dict[str, Tensor]:
        return {}


def dataset(absent: str) -> Dataset:
    return dataclasses.replace(
        tiny.dataset(), missing_embeddings="make them", **{f"{absent.removesuffix('s')}_embeddings": None}
    )


@pytest.mark.parametrize("align", ["contrastive", "generative"])
@pytest.mark.parametrize(("absent", "present"), [("users", "items"), ("items", "users")])
def test_one_kind_is_aligned_and_it_is_said(
    absent: str, present: str, align: str, caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = parts.built(dataset(absent), align=align)
    assert f"{absent} have no profile embeddings: {align.title()} reads those of {present} alone" in caplog.text
    texts = model.aligner.profile_embeddings
    assert isinstance(texts, Tensor) and texts.shape == (tiny.NUM_USERS + tiny.NUM_ITEMS, 12)
    users, items = texts.split([tiny.NUM_USERS, tiny.NUM_ITEMS])
    assert not {"users": users, "items": items}[absent].any() and {"users": users, "items": items}[present].any()


def test_without_an_alignment_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    parts.built(dataset("users"), align="none")
    assert caplog.text == ""


@pytest.mark.parametrize(("absent", "present"), [("users", "items"), ("items", "users")])
def test_an_aligner_that_needs_both_is_refused(absent: str, present: str) -> None:
    with pytest.raises(MissingFilesError) as caught:
        build_model(
            dataset(absent), torch.nn.Identity, TwoSided, torch.nn.Identity, torch.nn.Identity, torch.optim.Adam
        )
    assert str(caught.value) == (
        f"{absent} have no profile embeddings, which TwoSided needs; alignments that take {present} alone "
        "are Contrastive, DirectAUText, Generative. make them"
    )
    assert not NoAlignment.accepts_one_sided and not NoAlignment.uses_profiles


@pytest.mark.parametrize("ablation", ["shuffled", "random"])
def test_text_ablations_leave_it_at_that(ablation: str) -> None:
    model, data = parts.built(dataset("users"), text_ablation=ablation)
    texts = model.aligner.profile_embeddings
    assert isinstance(texts, Tensor)
    assert not texts[: tiny.NUM_USERS].any() and texts[tiny.NUM_USERS :].any(dim=1).all()
    assert not np.array_equal(texts[tiny.NUM_USERS :].numpy(), tiny.dataset().item_embeddings)
    assert data.dataset.user_embeddings is None and data.dataset.item_embeddings is not None


def test_the_cold_are_placed_by_profiles_of_their_own_kind_only() -> None:
    train = tiny.dataset().train.toarray()
    train[:, [4, 9]] = 0
    cold_items = {"train": csr_array(train)}
    protocol = EvaluationProtocol(cold_from_text=True)
    assert parts.built(dataclasses.replace(dataset("users"), **cold_items), evaluation=protocol)[0].cold_start
    with pytest.raises(UserError, match="2 items have no training interactions, and items have no profile embeddings"):
        parts.built(dataclasses.replace(dataset("items"), **cold_items), evaluation=protocol)
