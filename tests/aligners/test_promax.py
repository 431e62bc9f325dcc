"""ProMax's distillation against loops over users and items."""

import math

import numpy as np
import pytest
import torch

import parts
from rlmrec.aligners import ProMax
from rlmrec.aligners.promax import whitened

NUM_USERS, NUM_ITEMS, WIDTH = parts.NUM_USERS, parts.NUM_ITEMS, 5
TEXTS = parts.profile_embeddings()
NODES = torch.randn(NUM_USERS + NUM_ITEMS, WIDTH, generator=torch.Generator().manual_seed(4))


def softmax(values: list[float]) -> list[float]:
    total = sum(math.exp(value) for value in values)
    return [math.exp(value) / total for value in values]


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def components(count: int) -> np.ndarray:
    centred = TEXTS.double().numpy() - TEXTS.double().numpy().mean(0)
    left, _, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :count]


def slow_loss(weight: float, temperature: float, count: int) -> float:
    texts, nodes, total = components(count), NODES.double().numpy(), 0.0
    users = sorted(set(parts.batch().users.tolist()))
    for user in users:
        items = range(NUM_USERS, NUM_USERS + NUM_ITEMS)
        p = softmax([cosine(texts[user], texts[item]) / temperature for item in items])
        q = softmax([cosine(nodes[user], nodes[item]) / temperature for item in items])
        entropy = -sum(value * math.log(value) for value in p)
        certainty = min(max(1 - entropy / math.log(NUM_ITEMS), 0.1), 1)
        total -= certainty * sum(a * math.log(b) for a, b in zip(p, q, strict=True)) / len(users)
    return weight * total


@pytest.mark.parametrize(("weight", "temperature", "count"), [(0.5, 0.2, 4), (2.0, 0.1, 12)])
def test_loss(weight: float, temperature: float, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("rlmrec.losses.log_sum_exp").losses.log_sum_exp.CHUNK_ELEMENTS, "cpu", 70)
    aligner = ProMax(TEXTS, NUM_USERS, WIDTH, WIDTH, weight, temperature, num_components=count)
    (loss,) = aligner.losses(NODES, parts.batch(), None).values()
    assert loss.item() == pytest.approx(slow_loss(weight, temperature, count), rel=1e-4)


def test_components_are_unit_vectors_along_directions_of_variance_one() -> None:
    made, expected = whitened(TEXTS, 6).double().numpy(), components(6)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs(made @ made.T), np.abs(expected @ expected.T), atol=1e-5)


def test_nodes_without_profiles_stay_zero_and_shape_nothing() -> None:
    texts = torch.cat([TEXTS, torch.zeros(7, TEXTS.shape[1])])
    made = whitened(texts, 6)
    assert not made[len(TEXTS) :].any()
    torch.testing.assert_close(made[: len(TEXTS)], whitened(TEXTS, 6))


def test_whoever_has_no_profile_teaches_nothing_and_what_has_none_is_no_candidate() -> None:
    texts = TEXTS.clone()
    users = sorted(set(parts.batch().users.tolist()))
    nobody, nothing = users[0], NUM_USERS + 2
    texts[[nobody, nothing]] = 0
    nodes = NODES.clone().requires_grad_()
    (loss,) = ProMax(texts, NUM_USERS, WIDTH, WIDTH, 1.0, 0.2, 4).losses(nodes, parts.batch(), None).values()
    (gradient,) = torch.autograd.grad(loss, nodes)
    assert not gradient[[nobody, nothing]].any() and gradient[[users[1], NUM_USERS]].any(1).all()

    known = whitened(texts, 4).double().numpy()
    items = [item for item in range(NUM_USERS, NUM_USERS + NUM_ITEMS) if item != nothing]
    total = 0.0
    for user in users[1:]:
        p = softmax([float(known[user] @ known[item]) / 0.2 for item in items])
        q = softmax([cosine(NODES[user].numpy(), NODES[item].numpy()) / 0.2 for item in items])
        certainty = min(max(1 + sum(value * math.log(value) for value in p) / math.log(len(items)), 0.1), 1)
        total -= certainty * sum(a * math.log(b) for a, b in zip(p, q, strict=True)) / len(users)
    assert float(loss) == pytest.approx(total, rel=1e-5)
