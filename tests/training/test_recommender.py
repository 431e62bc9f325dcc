"""The training step of the recommender."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as L
import torch

import parts
import tiny
from rlmrec.aligners import NoAlignment
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.data.loaders import EpochBatches
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.graph.batch import Batch
from rlmrec.training.callbacks import ValidationSchedule
from rlmrec.training.checkpoints import Checkpoint
from rlmrec.training.ranking_settings import RankingSettings
from rlmrec.training.recommender import Recommender
from scripted import LEARNING_RATE, REG_WEIGHT, SGD, Scripted, matrix_factorisation, trainer


def table(model: Recommender) -> np.ndarray:
    return model.backbone.initial_embeddings.detach().double().numpy().copy()


def slow_step(initial: np.ndarray, batch: Batch, num_users: int) -> np.ndarray:
    """One step of gradient descent on BPR and L2, derived by hand."""
    gradient = 2 * REG_WEIGHT * initial
    for user, positive, negative in zip(*(ids.tolist() for ids in batch[:3]), strict=True):
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


def test_without_a_scheduler_there_is_the_optimizer_alone() -> None:
    assert isinstance(parts.recommender("lightgcn", "none", optimizer=SGD).configure_optimizers(), torch.optim.SGD)


def test_a_scheduler_is_made_of_the_optimizer_and_sees_the_monitored_metric() -> None:
    scheduler = partial(torch.optim.lr_scheduler.LinearLR, start_factor=0.5)
    ranking = RankingSettings(EvaluationProtocol(monitor="val/ndcg@10"))
    options = {"optimizer": SGD, "scheduler": scheduler, "ranking": ranking}
    configured = parts.recommender("lightgcn", "none", **options).configure_optimizers()
    scheduled = configured["lr_scheduler"]["scheduler"]
    assert isinstance(scheduled, torch.optim.lr_scheduler.LinearLR)
    assert scheduled.optimizer is configured["optimizer"]
    assert configured["lr_scheduler"]["monitor"] == "val/ndcg@10"
    assert scheduled.get_last_lr() == [0.5 * LEARNING_RATE]


def rates(folder: Path, scheduler: Any, epochs: int, *callbacks: L.Callback, resumed: bool = False) -> list[float]:
    """The learning rate of every epoch, maybe after those of an earlier start; leaves checkpoints as a run does."""
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model, seen = matrix_factorisation(data), []
    model.make_scheduler = scheduler
    note = L.callbacks.LambdaCallback(
        on_train_epoch_start=lambda fitter, _: seen.append(fitter.optimizers[0].param_groups[0]["lr"])
    )
    last = Checkpoint(folder, "last", save_on_train_epoch_end=True)
    fitter = trainer(folder, max_epochs=epochs, callbacks=[*callbacks, note, last], enable_checkpointing=True)
    fitter.fit(model, datamodule=data, ckpt_path=folder / "last.ckpt" if resumed else None, weights_only=True)
    return seen


def test_a_scheduler_steps_once_an_epoch(tmp_path: Path) -> None:
    halving = partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5)
    found = rates(tmp_path, halving, 3)
    assert found == [LEARNING_RATE, LEARNING_RATE / 2, LEARNING_RATE / 4]
    assert rates(tmp_path, None, 2) == [LEARNING_RATE] * 2


@pytest.mark.parametrize(
    "scheduler",
    [
        partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=4),
        partial(torch.optim.lr_scheduler.LinearLR, start_factor=0.1, total_iters=3),
        partial(torch.optim.lr_scheduler.ReduceLROnPlateau, mode="max", factor=0.5, patience=1),
    ],
)
def test_a_resumed_run_goes_on_with_the_learning_rate_of_its_epoch(scheduler: Any, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recommender, "on_validation_epoch_end", lambda model: model.log("val/recall@20", 0.5))
        whole = rates(tmp_path, scheduler, 5, ValidationSchedule(3))
        for epochs in (1, 2, 3):
            place = tmp_path / str(epochs)
            first = rates(place, scheduler, epochs, ValidationSchedule(3))
            assert first + rates(place, scheduler, 5, ValidationSchedule(3), resumed=True) == whole
    assert len(set(whole)) > 1 and whole[0] != whole[-1]


@pytest.mark.parametrize(("step", "reduced"), [(1.0, False), (-1.0, True)])
def test_a_plateau_is_one_of_the_validation_metric(step: float, reduced: bool, tmp_path: Path) -> None:
    """A metric that always rises is no plateau, one that falls is; it is measured in every second epoch."""
    values = iter(range(100))
    with pytest.MonkeyPatch.context() as patch:
        measured = lambda model: model.log("val/recall@20", step * next(values))  # noqa: E731
        patch.setattr(Recommender, "on_validation_epoch_end", measured)
        plateau = partial(torch.optim.lr_scheduler.ReduceLROnPlateau, mode="max", factor=0.5, patience=2)
        found = rates(tmp_path, plateau, 8, ValidationSchedule(2))
    assert found[0] == LEARNING_RATE
    assert (found[-1] < LEARNING_RATE) == reduced


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimizer": partial(torch.optim.Adam, lr=-1.0)}, "optimizer: invalid learning rate: -1.0"),
        ({"optimizer": partial(torch.optim.SGD, nesterov=True)}, "optimizer: nesterov momentum requires"),
        ({"scheduler": partial(torch.optim.lr_scheduler.LinearLR, start_factor=2.0)}, "scheduler: starting mult"),
        ({"scheduler": partial(torch.optim.lr_scheduler.StepLR, steps=3)}, "scheduler: .*unexpected keyword .*steps"),
        (
            {"scheduler": partial(torch.optim.lr_scheduler.ReduceLROnPlateau, mode="min")},
            "scheduler.mode=min: .*set max",
        ),
    ],
)
def test_what_torch_refuses_is_said_in_one_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says) as raised:
        parts.recommender("lightgcn", "none", **options).configure_optimizers()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["reg", "align"])
def test_a_repeated_name_of_a_term_is_refused(name: str) -> None:
    backbone = Scripted(torch.zeros(parts.NUM_USERS, parts.NUM_ITEMS), term=name)
    head = parts.aligner("contrastive", parts.profile_embeddings(), embedding_dim=2, output_dim=2)
    with pytest.raises(ValueError, match=name):
        Recommender(backbone, head, SGD, {}, 0).loss_terms(parts.batch(), 0)


@pytest.mark.parametrize("used", [True, False])
def test_negatives_go_only_to_backbones_that_use_them(used: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "uses_negatives", used)
    backbone = Scripted(torch.zeros(parts.NUM_USERS, parts.NUM_ITEMS))
    Recommender(backbone, NoAlignment(), SGD, {}, 0).loss_terms(parts.batch(), 0)
    (batch,) = backbone.batches
    assert (batch.negatives is None) != used
    assert torch.equal(batch.positives, parts.batch().positives)


@pytest.mark.parametrize("backbone", parts.BACKBONES)
def test_randomness_follows_seed_and_step_alone(backbone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(step: int, seed: int) -> float:
        torch.rand(step + seed)  # whatever was drawn before
        monkeypatch.setattr(Recommender, "global_step", step)
        return parts.recommender(backbone, "generative", seed=seed).training_step(parts.batch(), 0).item()

    assert losses(3, 1) == losses(3, 1)
    assert len({losses(3, 1), losses(4, 1), losses(3, 2)}) == 3
