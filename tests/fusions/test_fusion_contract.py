"""What every fusion with a configuration file must fulfil."""

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.fusions import Fusion

DIM, NUM_NODES = 6, parts.NUM_USERS + parts.NUM_ITEMS

pytestmark = pytest.mark.parametrize("name", parts.FUSIONS)


def table() -> Tensor:
    return torch.randn(NUM_NODES, DIM, generator=torch.Generator().manual_seed(7))


def made(name: str) -> Fusion:
    return parts.fusion(name, parts.profile_embeddings(), output_dim=DIM)


def test_the_declared_width_is_that_of_what_is_scored(name: str) -> None:
    fusion = made(name)
    assert fusion.fuse(table()).shape == (NUM_NODES, fusion.scored_dim)


def test_rows_are_fused_by_themselves(name: str) -> None:
    """Some rows, in any order and repeated, give the same as all rows at once."""
    fusion, nodes = made(name), table()
    everything = fusion.fuse(nodes)
    users, items = torch.tensor([3, 0, 3]), torch.tensor([5, 1, 5]) + parts.NUM_USERS
    torch.testing.assert_close(fusion.fuse_users(nodes[users], users), everything[users])
    torch.testing.assert_close(fusion.fuse_items(nodes[items], items), everything[items])


def test_many_rows_are_fused_some_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fusion, nodes = made(name), table()
    everything = fusion.fuse(nodes)
    monkeypatch.setattr("rlmrec.fusions.base.ROWS_AT_ONCE", 7)
    torch.testing.assert_close(fusion.fuse(nodes), everything)


def test_gradients_reach_nodes_and_every_parameter(name: str) -> None:
    fusion, nodes = made(name), table().requires_grad_()
    fusion.fuse(nodes).square().sum().backward()
    assert nodes.grad is not None and nodes.grad.any(1).all()
    for path, parameter in fusion.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), path


def test_scores_depend_on_text_unless_nothing_is_fused(name: str) -> None:
    texts = parts.profile_embeddings()
    changed = texts.clone()
    changed[2] += 1
    before, after = (parts.fusion(name, some, output_dim=DIM).fuse(table()) for some in (texts, changed))
    assert torch.equal(before[3:], after[3:])
    assert torch.equal(before[2], after[2]) == (name == "none")
