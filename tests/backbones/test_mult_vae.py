"""Mult-VAE against loops over users and items, and what it draws."""

from collections import Counter
from math import exp, log, sqrt, tanh
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import parts
import tiny
from rlmrec.backbones import MultVAE
from rlmrec.common.errors import UserError
from rlmrec.graph.batch import Batch
from rlmrec.training.recommender import Recommender
from scripted import trainer

NO_BATCH = Batch(torch.zeros(1), torch.zeros(1), None)


def made(**options: Any) -> MultVAE:
    torch.manual_seed(0)
    backbone = MultVAE(parts.interactions(isolated=2), **({"embedding_dim": 3, "hidden_dim": 5} | options))
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return backbone


def layer(inputs: list[float], weights: np.ndarray, bias: np.ndarray) -> list[float]:
    """Row by row of the weights."""
    return [sum(w * x for w, x in zip(row, inputs, strict=True)) + b for row, b in zip(weights, bias, strict=True)]


def slow_user(backbone: MultVAE, items: set[int], noise: float) -> tuple[list[float], list[float], list[float]]:
    """Logits, mean and logarithm of the variance of one user; the noise is the same in all dimensions."""
    state = {name: value.detach().double().numpy() for name, value in backbone.state_dict().items()}
    inputs = [1 / sqrt(len(items)) if item in items else 0.0 for item in range(backbone.num_items)]
    first = [tanh(value) for value in layer(inputs, state["initial_embeddings"].T, state["input_bias"])]
    both = layer(first, state["distribution.weight"], state["distribution.bias"])
    mean, log_variance = both[: backbone.embedding_dim], both[backbone.embedding_dim :]
    drawn = [m + noise * exp(v / 2) for m, v in zip(mean, log_variance, strict=True)]
    hidden = [tanh(value) for value in layer(drawn, state["decoder.weight"], state["decoder.bias"])]
    return layer(hidden, state["output.weight"], state["output.bias"]), mean, log_variance


def items_of(backbone: MultVAE) -> dict[int, set[int]]:
    known = parts.interactions(isolated=2)
    found: dict[int, set[int]] = {}
    for user, item in zip(known.users.tolist(), known.items.tolist(), strict=True):
        found.setdefault(user, set()).add(item)
    return found


def test_scores_are_those_of_a_loop() -> None:
    backbone = made(users_per_step=7)
    users, items = backbone.split(backbone.embed())
    scores = (users @ items.T).tolist()
    for user, known in items_of(backbone).items():
        assert scores[user] == pytest.approx(slow_user(backbone, known, noise=0.0)[0], rel=1e-4, abs=1e-5)


def test_a_new_user_is_encoded_as_one_of_training_with_the_same_items() -> None:
    backbone = made(users_per_step=7)
    histories = parts.interactions(isolated=2).matrix()
    users, _ = backbone.split(backbone.embed())
    assert torch.equal(backbone.fold_in(histories), users)
    torch.testing.assert_close(backbone.fold_in(histories[[5, 2]]), users[[5, 2]], rtol=1e-5, atol=1e-6)
    assert backbone.fold_in(histories[:0]).shape == (0, 6)


@pytest.mark.parametrize("steps", [0, 4, 99])
def test_losses_are_those_of_a_loop(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "randn_like", lambda like: torch.full_like(like, 0.7))
    backbone = made(keep_rate=1.0, kl_weight=0.4, anneal_steps=10)
    backbone.steps.fill_(steps)
    found = backbone.losses(backbone.encode(backbone.initial_embeddings), NO_BATCH)
    likelihoods, divergences = [], []
    for known in items_of(backbone).values():
        logits, mean, log_variance = slow_user(backbone, known, noise=0.7)
        total = log(sum(exp(value) for value in logits))
        likelihoods.append(sum(logits[item] - total for item in known))
        divergences.append(sum(m * m + exp(v) - v - 1 for m, v in zip(mean, log_variance, strict=True)) / 2)
    assert found["reconstruction"].item() == pytest.approx(-np.mean(likelihoods), rel=1e-4)
    weight = 0.4 * min(1, steps / 10)
    assert found["kl"].item() == pytest.approx(weight * np.mean(divergences), rel=1e-4)


def test_a_step_draws_users_with_interactions_each_as_often() -> None:
    backbone = made(users_per_step=10)
    drawn: Counter[int] = Counter()
    for _ in range(400):
        users = backbone.encode(backbone.initial_embeddings).views[0].tolist()
        assert len(set(users)) == 10
        drawn.update(users)
    assert drawn.keys() == items_of(backbone).keys(), "nobody is left out, and users without interactions are"
    assert all(60 < count < 145 for count in drawn.values())  # 100 of 400, 4.5 deviations


def test_evaluation_draws_nothing_and_follows_from_what_is_stored() -> None:
    backbone, before = made().train(), torch.get_rng_state()
    first = backbone.embed()
    assert torch.equal(torch.get_rng_state(), before) and torch.equal(backbone.embed(), first)
    restored = MultVAE(parts.interactions(isolated=2), embedding_dim=3, hidden_dim=5)
    restored.load_state_dict(backbone.state_dict())
    assert torch.equal(restored.embed(), first)
    assert first.isfinite().all(), "also of users and items without interactions"


def test_randomness_follows_the_seed_and_dropout_leaves_interactions_out() -> None:
    backbone = made(keep_rate=0.5)
    results = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        results.append(backbone.encode(backbone.initial_embeddings).views[1].detach())
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])


def test_gradients_reach_every_parameter() -> None:
    backbone = made()
    backbone.steps.fill_(100)
    terms = backbone.losses(backbone.encode(backbone.initial_embeddings), NO_BATCH)
    torch.stack(list(terms.values())).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in backbone.parameters())


def test_training_learns_and_an_alignment_is_refused(tmp_path: Path) -> None:
    model, data = parts.built(tiny.dataset(), "mult_vae", "none")
    assert isinstance(model, Recommender)
    (untrained,) = trainer(tmp_path).test(model, datamodule=data, verbose=False)
    fitter = trainer(tmp_path, max_epochs=20)
    fitter.fit(model, datamodule=data)
    (trained,) = fitter.test(model, datamodule=data, verbose=False)
    assert trained["test/recall@20"] > untrained["test/recall@20"] + 0.1
    assert int(model.backbone.steps) == fitter.global_step
    with pytest.raises(UserError, match=r"^Contrastive needs node embeddings, of which MultVAE has none"):
        parts.built(tiny.dataset(), "mult_vae", "contrastive")
