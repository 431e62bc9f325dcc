"""Alignments where users, or items, have no profiles at all."""

import pytest
import torch
from hydra.utils import get_class
from torch import Tensor

import parts
from rlmrec.aligners import Contrastive, Generative
from rlmrec.aligners.base import nodes_with_text
from rlmrec.losses import info_nce, reconstruction

SIDES = {"users": range(parts.NUM_USERS), "items": range(parts.NUM_USERS, parts.NUM_USERS + parts.NUM_ITEMS)}
DIM = 8
ONE_SIDED = [name for name in parts.ALIGNMENTS if get_class(parts.options("align", name)["_target_"]).accepts_one_sided]


def texts(present: str) -> Tensor:
    rows = torch.zeros_like(parts.profile_embeddings())
    rows[SIDES[present]] = parts.profile_embeddings()[SIDES[present]]
    return rows


def nodes() -> Tensor:
    return torch.randn(parts.NUM_USERS + parts.NUM_ITEMS, DIM, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("present", SIDES)
def test_a_kind_without_any_direction_has_no_text(present: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlmrec.aligners.base.ROWS_AT_ONCE", 7)
    assert nodes_with_text(texts(present), parts.NUM_USERS) == SIDES[present]
    one_more = texts(present)
    one_more[list(SIDES["items" if present == "users" else "users"])[-1], 3] = 0.1
    assert nodes_with_text(one_more, parts.NUM_USERS) == range(len(one_more))
    assert nodes_with_text(torch.zeros(70, 2), parts.NUM_USERS) == range(70)


@pytest.mark.parametrize("name", ONE_SIDED)
@pytest.mark.parametrize("present", SIDES)
def test_only_the_other_kind_is_aligned(present: str, name: str) -> None:
    aligner, table = parts.aligner(name, texts(present)), nodes().requires_grad_()
    torch.manual_seed(0)
    _, masked = aligner.corrupt(nodes())
    if masked is not None:
        assert set(masked.tolist()) <= set(SIDES[present])
    loss = aligner.losses(table, parts.batch(), masked)["align"]
    loss.backward()
    assert loss.isfinite() and table.grad is not None
    moved = set(table.grad.any(dim=1).nonzero()[:, 0].tolist())
    assert moved and moved <= set(SIDES[present])


def test_contrastive_leaves_out_the_terms_of_the_other_kind() -> None:
    batch, table = parts.batch(), nodes()
    both = parts.aligner("contrastive", parts.profile_embeddings())
    assert isinstance(both, Contrastive)
    projected, (users, *items) = both.projector(parts.profile_embeddings()), batch.node_ids(parts.NUM_USERS)
    of_users = info_nce(table[users], projected[users], projected[: parts.NUM_USERS], both.temperature)
    of_items = sum(info_nce(table[ids], projected[ids], projected[ids], both.temperature) for ids in items)
    for present, expected in (("users", of_users), ("items", of_items)):
        loss = parts.aligner("contrastive", texts(present)).losses(table, batch, None)["align"]
        torch.testing.assert_close(loss, both.weight * expected)


def test_generative_masks_a_share_of_those_with_profiles() -> None:
    aligner = parts.aligner("generative", texts("items"), mask_ratio=0.5)
    assert isinstance(aligner, Generative)
    corrupted, masked = aligner.corrupt(nodes())
    assert masked is not None
    assert len(masked) == parts.NUM_ITEMS // 2 == len(masked.unique())
    assert masked.min() >= parts.NUM_USERS
    assert torch.equal(corrupted[: parts.NUM_USERS], nodes()[: parts.NUM_USERS])
    loss = aligner.losses(nodes(), parts.batch(), masked)["align"]
    expected = reconstruction(aligner.projector(nodes()[masked]), texts("items")[masked], aligner.temperature)
    torch.testing.assert_close(loss, aligner.weight * expected)
