"""Every backbone with every alignment: trains, evaluates, survives a checkpoint, and copes with isolated nodes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import parts
import tiny
from choices import ALIGNMENTS, pairs
from rlmrec.training.recommender import Recommender
from scripted import trainer
from turns import by_turns

every_pair = pytest.mark.parametrize(("backbone", "align"), pairs(parts.EVERY_BACKBONE))
every_backbone = pytest.mark.parametrize(("backbone", "align"), by_turns(parts.EVERY_BACKBONE, ALIGNMENTS))

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


def weights(model: Recommender) -> dict[str, Any]:
    return {name: parameter.detach().cpu().clone() for name, parameter in model.named_parameters()}


def tensors(part: Any, path: str = "model") -> Iterator[tuple[str, Tensor]]:
    """Every tensor that a model holds, registered or not."""
    if isinstance(part, Tensor):
        yield path, part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from tensors(value, f"{path}.{name}")
    elif isinstance(part, list | tuple):
        yield from tensors(dict(enumerate(part)), path)
    elif isinstance(part, nn.Module) or type(part).__module__.startswith("rlmrec"):
        yield from tensors({name: value for name, value in vars(part).items() if name != "_trainer"}, path)


@every_pair
@pytest.mark.parametrize("accelerator", ["cpu", pytest.param("gpu", marks=GPU)])
def test_training_evaluation_and_checkpoint(backbone: str, align: str, accelerator: str, tmp_path: Path) -> None:
    model, data = parts.built(tiny.dataset(), backbone, align)
    before, path = weights(model), tmp_path / "model.ckpt"
    fitter = trainer(tmp_path, accelerator=accelerator)
    fitter.fit(model, datamodule=data)
    after = weights(model)
    for name in before:
        assert after[name].isfinite().all() and not torch.equal(after[name], before[name]), name
    assert {f"val/{name}" for name in model.metrics.names} <= set(fitter.callback_metrics)
    assert all(value.isfinite() for value in fitter.callback_metrics.values())
    fitter.save_checkpoint(path)
    (tested,) = fitter.test(model, datamodule=data, verbose=False)

    other, data = parts.built(tiny.dataset(), backbone, align)
    (restored,) = trainer(tmp_path, accelerator=accelerator).test(
        other, datamodule=data, ckpt_path=path, weights_only=True, verbose=False
    )
    assert restored == tested
    assert all(torch.equal(value, after[name]) for name, value in weights(other).items())

    whole, data = parts.built(tiny.dataset(), backbone, align)
    trainer(tmp_path, max_epochs=2, accelerator=accelerator).fit(whole, datamodule=data)
    resumed, data = parts.built(tiny.dataset(), backbone, align)
    trainer(tmp_path, max_epochs=2, accelerator=accelerator).fit(
        resumed, datamodule=data, ckpt_path=path, weights_only=True
    )
    tolerance = 0 if accelerator == "cpu" else 1e-4  # sums on a GPU have no fixed order
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(resumed)[name], value, rtol=tolerance, atol=tolerance)


@every_backbone
def test_isolated_nodes_leave_losses_and_gradients_finite(backbone: str, align: str) -> None:
    model = parts.recommender(backbone, align, parts.interactions(isolated=2))
    batch = parts.batch(num_items=parts.NUM_ITEMS + 2)
    assert (batch.negatives >= parts.NUM_ITEMS).any(), "an isolated item is among the negatives"
    torch.manual_seed(0)
    for step in range(20):
        model.zero_grad()
        terms = model.loss_terms(batch, step)
        torch.stack(list(terms.values())).sum().backward()
        assert all(term.isfinite() for term in terms.values()), step
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None and parameter.grad.isfinite().all(), (step, name)
    assert all(vectors.isfinite().all() for vectors in model.embed())


@every_pair
def test_only_parameters_are_stored_and_what_layers_of_pyg_learn_besides(backbone: str, align: str) -> None:
    model = parts.recommender(backbone, align)
    model.loss_terms(parts.batch(), 0)
    stored = {name: value for name, value in model.state_dict().items() if value.is_floating_point() or value.ndim}
    beside = set(stored) - {name for name, _ in model.named_parameters()}
    assert all(name.startswith("backbone.layers.") for name in beside)
    assert any(name.endswith("running_mean") for name in beside) == ("BatchNorm" in backbone)


@every_pair
def test_everything_moves_with_the_model(backbone: str, align: str) -> None:
    """The device without data shows on any machine what would be left behind."""
    model = parts.recommender(backbone, align)
    model.loss_terms(parts.batch(), 0)
    held = dict(tensors(model.to("meta")))
    assert {id(tensor) for tensor in held.values()} > {id(parameter) for parameter in model.parameters()}
    assert not [path for path, tensor in held.items() if tensor.numel() and tensor.device.type != "meta"]


@every_backbone
def test_double_precision(backbone: str, align: str, tmp_path: Path) -> None:
    model, data = parts.built(tiny.dataset(), backbone, align)
    fitter = trainer(tmp_path, precision="64-true")
    fitter.fit(model, datamodule=data)
    assert all(value.isfinite() for value in fitter.callback_metrics.values())
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float64}


@every_backbone
def test_mixed_precision(backbone: str, align: str, tmp_path: Path) -> None:
    """Half precision in dense layers gives nearly the same loss terms, parameters in full, and figures."""
    model, batch = parts.recommender(backbone, align), parts.batch()
    torch.manual_seed(0)
    expected = model.loss_terms(batch, 0)
    torch.manual_seed(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = model.loss_terms(batch, 0)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0.03, atol=1e-3)

    model, data = parts.built(tiny.dataset(), backbone, align)
    fitter = trainer(tmp_path, precision="bf16-mixed")
    fitter.fit(model, datamodule=data)
    assert all(value.isfinite() for value in fitter.callback_metrics.values())
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
