"""Addition, gate and concatenation, against their formulas."""

import torch

import parts
from rlmrec.fusions import Add, Concat, Gate, NoFusion

TEXTS, DIM = parts.profile_embeddings(), 4
NODES = torch.randn(len(TEXTS), DIM, generator=torch.Generator().manual_seed(1))


def test_addition() -> None:
    fusion = Add(TEXTS, parts.NUM_USERS, DIM)
    torch.testing.assert_close(fusion.fuse(NODES), NODES + fusion.projector(TEXTS))


def test_concatenation() -> None:
    fusion = Concat(TEXTS, parts.NUM_USERS, DIM, text_dim=3)
    torch.testing.assert_close(fusion.fuse(NODES), torch.cat([NODES, fusion.projector(TEXTS)], dim=1))


def test_gate() -> None:
    fusion = Gate(TEXTS, parts.NUM_USERS, DIM)
    with torch.no_grad():
        fusion.gate.weight.zero_()
        fusion.gate.bias.copy_(torch.tensor([0.0, 100.0, -100.0, 0.0]))
    projected = fusion.projector(TEXTS)
    half = (NODES + projected) / 2
    expected = torch.stack([half[:, 0], NODES[:, 1], projected[:, 2], half[:, 3]], dim=1)
    torch.testing.assert_close(fusion.fuse(NODES), expected)


def test_nothing() -> None:
    assert NoFusion(None, parts.NUM_USERS, DIM).fuse(NODES) is NODES
