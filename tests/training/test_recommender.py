"""The training step of the recommender."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

import parts
import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.data import InteractionDataModule
from rlmrec.data.loaders import EpochBatches
from rlmrec.graph.batch import Batch
from rlmrec.training.recommender import Recommender
from scripted import LEARNING_RATE, REG_WEIGHT, SGD, Scripted, matrix_factorisation, trainer


def table(model: Recommender) -> np.ndarray:
    return model.backbone.initial_embeddings.detach().double().numpy().copy()


def slow_step(initial: np.ndarray, batch: Batch, num_users: int) -> np.ndarray:
    """One step of gradient descent on BPR and L2, derived by hand."""
    gradient = 2 * REG_WEIGHT * initial
    for user, positive, negative in zip(*(ids.tolist() for ids in batch), strict=True):
        p, n = initial[num_users + positive], initial[num_users + negative]
        slope = 1 / (1 + np.exp(initial[user] @ (p - n))) / len(batch.users)
        gradient[user] += slope * (n - p)
        gradient[num_users + positive] -= slope * initial[user]
        gradient[num_users + negative] += slope * initial[user]
    return initial - LEARNING_RATE * gradient


def test_steps_equal_gradient_descent_by_hand(tmp_path: Path) -> None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model = matrix_factorisation(data)
    expected = table(model)
    fitter = trainer(tmp_path, limit_val_batches=0)
    fitter.fit(model, datamodule=data)
    batches = list(EpochBatches(data.interactions, data.sampler, 150, data.seed, epoch=0))
    assert len(batches) > 2
    for batch in batches:
        expected = slow_step(expected, batch, tiny.NUM_USERS)
    np.testing.assert_allclose(table(model), expected, rtol=1e-4, atol=1e-6)


def test_logged_terms_are_means_over_pairs_and_sum_to_the_loss(tmp_path: Path) -> None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model = matrix_factorisation(data, partial(torch.optim.SGD, lr=0.0))
    fitter = trainer(tmp_path, limit_val_batches=0)
    fitter.fit(model, datamodule=data)
    assert set(fitter.callback_metrics) == {"train/bpr", "train/reg", "train/loss"}
    logged = {name: value.item() for name, value in fitter.callback_metrics.items()}
    assert logged["train/loss"] == pytest.approx(logged["train/bpr"] + logged["train/reg"])
    assert logged["train/reg"] == pytest.approx(REG_WEIGHT * (table(model) ** 2).sum(), rel=1e-5)
    everything = EpochBatches(data.interactions, data.sampler, 10**6, data.seed, epoch=0)[0]
    assert logged["train/bpr"] == pytest.approx(model.loss_terms(everything, 0)["bpr"].item(), rel=1e-5)


@pytest.mark.parametrize("align", parts.ALIGNMENTS)
def test_l2_covers_every_parameter(align: str) -> None:
    model = parts.recommender("dccf", align, reg_weight=0.25)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1)
    reg = model.loss_terms(parts.batch(), 0)["reg"]
    assert reg.item() == pytest.approx(
        0.25 * sum(p.double().square().sum().item() for p in model.parameters()), rel=1e-5
    )
    reg.backward()
    for parameter in model.parameters():
        torch.testing.assert_close(parameter.grad, 0.5 * parameter)


def test_the_optimizer_gets_every_parameter() -> None:
    model = parts.recommender("autocf", "generative")
    optimized = {id(parameter) for group in model.configure_optimizers().param_groups for parameter in group["params"]}
    assert optimized == {id(parameter) for parameter in model.parameters()}


@pytest.mark.parametrize("name", ["reg", "align"])
def test_a_repeated_name_of_a_term_is_refused(name: str) -> None:
    backbone = Scripted(torch.zeros(parts.NUM_USERS, parts.NUM_ITEMS), term=name)
    head = parts.aligner("contrastive", parts.profile_embeddings(), embedding_dim=2, output_dim=2)
    with pytest.raises(ValueError, match=name):
        Recommender(backbone, head, SGD, {}, 0).loss_terms(parts.batch(), 0)


@pytest.mark.parametrize("pairwise", [True, False])
def test_negatives_go_only_to_backbones_that_use_them(pairwise: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "pairwise", pairwise)
    backbone = Scripted(torch.zeros(parts.NUM_USERS, parts.NUM_ITEMS))
    Recommender(backbone, NoAlignment(), SGD, {}, 0).loss_terms(parts.batch(), 0)
    (batch,) = backbone.batches
    assert (batch.negatives is None) != pairwise
    assert torch.equal(batch.positives, parts.batch().positives)


@pytest.mark.parametrize("backbone", parts.BACKBONES)
def test_randomness_follows_seed_and_step_alone(backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(step: int, seed: int) -> float:
        torch.rand(step + seed)  # whatever was drawn before
        monkeypatch.setattr(Recommender, "global_step", step)
        return parts.recommender(backbone, "generative", seed=seed).training_step(parts.batch(), 0).item()

    assert losses(3, 1) == losses(3, 1)
    assert len({losses(3, 1), losses(4, 1), losses(3, 2)}) == 3
