"""Captured steps, with recorded operations in the place of CUDA's graphs; and why steps are not captured."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as L
import torch

import parts
import recorded_graph
import tiny
from choices import ALIGNMENTS
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.training.callbacks.cuda_graph import CudaGraph, obstacle
from rlmrec.training.captured_steps import WARM_UP
from rlmrec.training.recommender import Recommender
from rlmrec.training.trainer import Trainer, make_trainer
from scripted import SGD, matrix_factorisation, trainer
from turns import by_turns

PAIRS = by_turns([name for name in parts.BACKBONES if parts.backbone(name).has_static_shapes], ALIGNMENTS)
Fitted = tuple[Recommender, dict[str, float], Any]


class OnCPU(CudaGraph):
    """Captures on a CPU, too."""

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        if stage == "fit" and self.wanted:
            assert obstacle(trainer, pl_module) is None
            self.begin(pl_module)


@pytest.fixture
def fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Fitted]:
    recorded_graph.install(monkeypatch)
    adam = sys.modules["torch.optim.adam"]  # torch.optim deletes the name
    monkeypatch.setattr(adam, "_get_capturable_supported_devices", lambda **_: ["cpu"])

    def fitted(captured: bool, pair: tuple[str, str], epochs: int = 3, **options: Any) -> Fitted:
        batches = partial(InteractionDataModule, batch_size=60, static_shapes=True)
        model, data = parts.built(tiny.dataset(), *pair, datamodule=batches, **options.pop("model", {}))
        graphs = OnCPU(captured)
        # In double precision: noise of SimGCL has the sign of values, some of which round to either side of zero.
        fitter = trainer(
            tmp_path, max_epochs=epochs, precision="64-true", callbacks=[graphs, *options.pop("callbacks", [])]
        )
        fitter.fit(model, datamodule=data, weights_only=True, **options)
        fitter.save_checkpoint(tmp_path / "last.ckpt")
        return model, {name: float(value) for name, value in fitter.callback_metrics.items()}, fitter

    return fitted


def assert_same(ours: Fitted, theirs: Fitted) -> None:
    for (name, weight), other in zip(ours[0].named_parameters(), theirs[0].parameters(), strict=True):
        torch.testing.assert_close(weight, other, rtol=1e-4, atol=1e-5, msg=lambda text, n=name: f"{n}: {text}")
    assert ours[1] == pytest.approx(theirs[1], rel=1e-4, abs=1e-5)


class Graphs(L.Callback):
    """The graphs there were, in the order of their first replay."""

    def __init__(self) -> None:
        self.seen: list[recorded_graph.RecordedGraph] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        graph = pl_module.captured_steps.graph
        if graph and graph not in self.seen:
            self.seen.append(graph)


@pytest.mark.parametrize(("backbone", "align"), PAIRS)
def test_replayed_steps_train_as_usual_ones_do(backbone: str, align: str, fit: Callable[..., Fitted]) -> None:
    graphs, pair = Graphs(), (backbone, align)
    found = fit(True, pair, callbacks=[graphs])
    (graph,) = graphs.seen
    total = found[2].global_step
    resampled = sum(found[0].backbone.resamples(n) for n in range(total // 3)) * 3
    assert graph.replays == total - WARM_UP - resampled > 10
    assert_same(found, fit(False, pair))


def test_a_scheduler_reaches_the_captured_optimizer(fit: Callable[..., Fitted]) -> None:
    halving = partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.3)
    found, expected = (fit(on, ("lightgcn", "none"), model={"scheduler": halving}) for on in (True, False))
    assert_same(found, expected)
    assert found[2].optimizers[0].param_groups[0]["lr"] == expected[2].optimizers[0].param_groups[0]["lr"]


def test_another_change_of_the_optimizer_leads_to_a_new_capture(fit: Callable[..., Fitted]) -> None:
    class Decay(L.Callback):
        def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
            trainer.optimizers[0].param_groups[0]["weight_decay"] = 0.1 * trainer.current_epoch

    graphs = Graphs()
    assert_same(
        fit(True, ("lightgcn", "none"), callbacks=[Decay(), graphs]),
        fit(False, ("lightgcn", "none"), callbacks=[Decay()]),
    )
    assert len(graphs.seen) == 3


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
def test_a_resumed_run_goes_on_captured_or_not(
    first: bool, second: bool, fit: Callable[..., Fitted], tmp_path: Path
) -> None:
    fit(first, ("sgl", "generative"), epochs=2)
    stored = torch.load(tmp_path / "last.ckpt", weights_only=True)
    (group,) = stored["optimizer_states"][0]["param_groups"]
    assert (group["capturable"], type(group["lr"])) == (False, float)
    resumed = fit(second, ("sgl", "generative"), ckpt_path=tmp_path / "last.ckpt")
    assert resumed[2].global_step == stored["global_step"] * 3 // 2
    assert_same(resumed, fit(False, ("sgl", "generative")))


class LooksInside(L.Callback):
    def on_after_backward(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Nothing."""


def why_not(**changed: Any) -> str | None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    model = changed.pop("model", None) or matrix_factorisation(data, torch.optim.Adam)
    usual = {"world_size": 1, "accumulate_grad_batches": 1, "gradient_clip_val": None, "callbacks": []}
    given: Any = SimpleNamespace(**usual | {"datamodule": data} | changed)
    return obstacle(given, model)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"accumulate_grad_batches": 2}, "gradients of several batches are accumulated"),
        ({"gradient_clip_val": 1.0}, "gradients are clipped"),
        ({"world_size": 2}, "several processes train together"),
        ({"callbacks": [LooksInside()]}, "LooksInside looks into steps"),
        ({"model": parts.recommender("lightgcn", "none", optimizer=SGD)}, "the optimizer SGD cannot be captured"),
        ({"model": parts.recommender("pyg", "none")}, "PyG has steps of varying shapes"),
        ({"datamodule": None}, "model or batches are not those of this project"),
    ],
)
def test_what_stands_in_the_way_is_told(changed: dict[str, Any], told: str | None) -> None:
    assert why_not(**changed) == told


def on_a_gpu(**changed: Any) -> Any:
    place = SimpleNamespace(root_device=torch.device("cuda"))
    data = InteractionDataModule(tiny.dataset(), batch_size=150)
    usual = {"world_size": 1, "accumulate_grad_batches": 1, "gradient_clip_val": None, "callbacks": []}
    return SimpleNamespace(**usual | {"datamodule": data, "strategy": place} | changed)


def test_auto_goes_without_in_one_line_and_true_refuses(caplog: pytest.LogCaptureFixture) -> None:
    given = on_a_gpu(gradient_clip_val=0.5)
    model = matrix_factorisation(given.datamodule, torch.optim.Adam)
    CudaGraph("auto").setup(given, model, "fit")
    assert [record.getMessage() for record in caplog.records] == ["no CUDA graphs: gradients are clipped"]
    assert model.captured_steps is None and not given.datamodule.static_shapes
    with pytest.raises(UserError, match=r"^trainer.cuda_graph=true is impossible: gradients are clipped; set auto"):
        CudaGraph(True).setup(given, model, "fit")


def test_batches_get_fixed_shapes_where_steps_are_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    given = on_a_gpu()
    model = matrix_factorisation(given.datamodule, torch.optim.Adam)
    CudaGraph(False).setup(given, model, "fit")
    assert model.captured_steps is None and not given.datamodule.static_shapes
    CudaGraph("auto").setup(given, model, "fit")
    assert model.captured_steps is not None and given.datamodule.static_shapes


def test_a_cpu_captures_nothing_and_refuses_true_in_one_line(tmp_path: Path) -> None:
    make = partial(Trainer, accelerator="cpu", logger=False, max_epochs=1)
    for wanted in ("auto", False):
        assert make_trainer(partial(make, cuda_graph=wanted), default_root_dir=tmp_path).max_epochs == 1
    with pytest.raises(UserError, match=r"^trainer.cuda_graph=true needs a GPU: [^\n]*$"):
        make_trainer(partial(make, cuda_graph=True), default_root_dir=tmp_path)
