"""KAR's experts against its published code."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from places import FIXTURES
from rlmrec.fusions import KAR

# Made by class HEA of RS/layers.py in YunjiaXi/Open-World-Knowledge-Augmented-Recommendation: two shared experts, three
# of each tower, layers of 4 and 3, four users and items with profiles of width 5; gradients of sum(h_users * h_items).
PUBLISHED = dict(np.load(FIXTURES / "published" / "kar.npz"))
DIM = 2


def stored(what: str, names: Sequence[str]) -> list[Tensor]:
    return [torch.from_numpy(PUBLISHED[f"{what}/{name}"]) for name in names]


def tables(what: str) -> dict[str, Tensor]:
    """The weights of the published experts, or their gradients, by the names of ours."""
    found = {}
    towers = {"users": [f"spcf_expt_net.0.{n}" for n in range(3)], "items": [f"spcf_expt_net.1.{n}" for n in range(3)]}
    groups = {"shared": [f"share_expt_net.{n}" for n in range(2)]} | {f"{k}.own": v for k, v in towers.items()}
    for ours, experts in groups.items():
        for kind in ("weight", "bias"):
            found[f"{ours}.first.{kind}"] = torch.cat(stored(what, [f"{name}.fc.0.{kind}" for name in experts]))
            last = torch.stack(stored(what, [f"{name}.fc.3.{kind}" for name in experts]))
            found[f"{ours}.others.0.{kind}"] = last.transpose(1, 2) if kind == "weight" else last
    for number, tower in enumerate(towers):
        for kind in ("weight", "bias"):
            (found[f"{tower}.gate.{kind}"],) = stored(what, [f"gate_net.{number}.{kind}"])
    return found


@pytest.fixture
def fusion() -> KAR:
    texts = torch.from_numpy(np.concatenate([PUBLISHED["users"], PUBLISHED["items"]]))
    made = KAR(texts, num_users=4, output_dim=DIM, shared_experts=2, own_experts=3, widths=(4, 3))
    made.load_state_dict(tables("weight"))
    return made


def test_experts_are_those_of_the_published_code(fusion: KAR) -> None:
    nodes = torch.randn(8, DIM)
    fused = fusion.fuse(nodes)
    assert torch.equal(fused[:, :DIM], nodes) and fusion.scored_dim == fused.shape[1] == DIM + 3
    expected = np.concatenate([PUBLISHED["fused_users"], PUBLISHED["fused_items"]])
    np.testing.assert_allclose(fused[:, DIM:].detach(), expected, rtol=1e-6, atol=1e-7)


def test_a_batch_with_more_rows_than_nodes_computes_each_node_once(fusion: KAR) -> None:
    ids = torch.tensor([3, 0, 0, 1, 2, 3, 3])
    rows, weights = torch.zeros(7, DIM), torch.randn(7, DIM + 3, generator=torch.Generator().manual_seed(1))
    for fuse, offset in ((fusion.fuse_users, 0), (fusion.fuse_items, 4)):
        at_once = fuse(rows, ids + offset)
        one_by_one = torch.cat([fuse(rows[:1], ids[n : n + 1] + offset) for n in range(len(ids))])
        torch.testing.assert_close(at_once, one_by_one)
        parameters = [p for _, p in fusion.named_parameters()]
        ours, theirs = (
            torch.autograd.grad((x * weights).sum(), parameters, allow_unused=True) for x in (at_once, one_by_one)
        )
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                torch.testing.assert_close(a, b)


def test_gradients_are_those_of_the_published_code(fusion: KAR) -> None:
    ids = torch.arange(4)
    users, items = fusion.fuse_users(torch.zeros(4, DIM), ids), fusion.fuse_items(torch.zeros(4, DIM), ids + 4)
    (users * items).sum().backward()
    expected = tables("gradient")
    assert expected.keys() == dict(fusion.named_parameters()).keys()
    for name, parameter in fusion.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-5, atol=1e-7)
