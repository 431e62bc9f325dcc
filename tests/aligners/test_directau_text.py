"""Alignment and uniformity of nodes and profiles, against loops over batch rows."""

import math

import numpy as np
import pytest
import torch

import parts
from rlmrec.aligners import DirectAUText

NODES = torch.randn(parts.NUM_USERS + parts.NUM_ITEMS, 5, generator=torch.Generator().manual_seed(4))


def uniform(rows: np.ndarray) -> float:
    pairs = [(a, b) for number, a in enumerate(rows) for b in rows[:number]]
    return math.log(sum(math.exp(-2 * float(((a - b) ** 2).sum())) for a, b in pairs) / len(pairs))


@pytest.mark.parametrize("negatives", [True, False])
def test_loss(negatives: bool) -> None:
    batch = parts.batch() if negatives else parts.batch()._replace(negatives=None)
    aligner = DirectAUText(parts.profile_embeddings(), parts.NUM_USERS, 5, 5, weight=0.3, gamma=0.7)
    unit = [
        (part / part.norm(dim=1, keepdim=True)).detach().double().numpy()
        for part in (NODES, aligner.projector(parts.profile_embeddings()))
    ]
    users, *items = batch.node_ids(parts.NUM_USERS)
    expected = 0.0
    for ids in (users.tolist(), torch.cat(items).tolist()):
        rows, texts = (part[ids] for part in unit)
        expected += ((rows - texts) ** 2).sum(1).mean() + 0.7 * (uniform(rows) + uniform(texts)) / 2
    (loss,) = aligner.losses(NODES, batch, None).values()
    assert loss.item() == pytest.approx(0.3 * expected, rel=1e-4)
