"""Contrastive alignment against a loop over batch rows."""

import math

import pytest
import torch
from torch import Tensor

import parts
from rlmrec.aligners import Contrastive
from rlmrec.graph.batch import Batch

NUM_USERS, NUM_ITEMS, WIDTH = 5, 4, 6
BATCH = Batch(torch.tensor([2, 0, 2, 4]), torch.tensor([1, 1, 3, 0]), torch.tensor([2, 0, 2, 2]))


def cosine(x: Tensor, y: Tensor) -> float:
    lengths = [math.sqrt(1e-8 + sum(value**2 for value in vector.tolist())) for vector in (x, y)]
    return sum(a * b for a, b in zip(x.tolist(), y.tolist(), strict=True)) / lengths[0] / lengths[1]


def slow_loss(nodes: Tensor, texts: Tensor, batch: Batch, weight: float, temperature: float) -> float:
    """Users against the texts of all users, items against those of their batch column, duplicates and all."""
    total = 0.0
    for position, ids in enumerate(batch):
        if ids is None:
            continue
        first = 0 if position == 0 else NUM_USERS
        candidates = range(NUM_USERS) if position == 0 else ids.tolist()
        for index in ids.tolist():
            node = nodes[first + index]
            others = sum(math.exp(cosine(node, texts[first + other]) / temperature) for other in candidates)
            total += (math.log(others) - cosine(node, texts[first + index]) / temperature) / len(ids)
    return weight * total


@pytest.mark.parametrize("batch", [BATCH, BATCH._replace(negatives=None)], ids=["with negatives", "without negatives"])
@pytest.mark.parametrize(("weight", "temperature"), [(0.01, 0.2), (3.0, 1.5)])
def test_loss(batch: Batch, weight: float, temperature: float) -> None:
    torch.manual_seed(0)
    texts, nodes = torch.randn(NUM_USERS + NUM_ITEMS, parts.TEXT_DIM), torch.randn(NUM_USERS + NUM_ITEMS, WIDTH)
    aligner = Contrastive(texts, NUM_USERS, 2, WIDTH, weight, temperature)
    expected = slow_loss(nodes, aligner.projector(texts).detach(), batch, weight, temperature)
    (loss,) = aligner.losses(nodes, batch, None).values()
    assert loss.item() == pytest.approx(expected, rel=1e-5)
