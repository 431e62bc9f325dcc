"""Steps whose shapes are always the same, which make the same numbers as those with the smallest shapes."""

from functools import partial
from typing import Any

import pytest
import torch
from hydra.utils import instantiate
from torch.utils._python_dispatch import TorchDispatchMode

import parts
import tiny
from choices import pairs
from rlmrec.common.errors import UserError
from rlmrec.data import InteractionDataModule
from rlmrec.data.loaders import EpochBatches
from rlmrec.graph.batch import Batch
from rlmrec.training.build import build_model
from rlmrec.training.recommender import Recommender
from scripted import matrix_factorisation, trainer

PAIRS = pairs(name for name in parts.BACKBONES if parts.backbone(name).has_static_shapes)


def batches() -> list[tuple[Batch, Batch]]:
    """Two batches, the second one smaller, and the same ones in fixed shapes."""
    dynamic, count = parts.batch(), len(parts.batch().users)
    found = []
    for rows in (slice(70), slice(70, count)):
        small = Batch(*(ids[rows] for ids in dynamic if ids is not None))
        fill = 70 - len(small.users)
        padded = (torch.nn.functional.pad(part, (0, fill)) for part in (*small[:3], torch.ones(len(small.users))))
        found.append((small, Batch(*padded)))
    return found


def steps(model: Recommender, given: list[Batch]) -> list[dict[str, torch.Tensor]]:
    """Terms and gradients of the first steps of an epoch, the draws of which follow from the step."""
    found = []
    for name, value in model.named_parameters():
        if name.endswith("mask_token"):
            value.data.fill_(0.1)  # the direction of zeros, as it begins, is a matter of rounding
    for number, batch in enumerate(given):
        torch.manual_seed(number)
        model.zero_grad()
        terms = model.loss_terms(batch, number)
        torch.stack([*terms.values()]).sum().backward()
        gradients = {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}
        found.append({name: value.detach() for name, value in terms.items()} | gradients)
    return found


@pytest.mark.parametrize(("backbone", "align"), PAIRS)
def test_terms_and_gradients_equal_those_of_the_smallest_shapes(backbone: str, align: str) -> None:
    assert len(batches()[1][0].users) < 70
    expected = steps(parts.recommender(backbone, align), [small for small, _ in batches()])
    found = steps(parts.recommender(backbone, align), [padded for _, padded in batches()])
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            torch.testing.assert_close(ours[name], value, rtol=1e-6, atol=1e-6, msg=lambda text, n=name: f"{n}: {text}")


class Shapes(TorchDispatchMode):
    """The operations that are called, with the shapes of what they return."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[Any] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        self.called.append((str(function), [tuple(x.shape) for x in (result,) if isinstance(x, torch.Tensor)]))
        return result


@pytest.mark.parametrize(("backbone", "align"), PAIRS)
def test_every_step_calls_the_same_operations_on_the_same_shapes(backbone: str, align: str) -> None:
    model = parts.recommender(backbone, align)
    assert model.backbone.has_static_shapes and model.aligner.has_static_shapes
    (_, first), (_, last) = batches()
    steps(model, [last])  # which resamples
    called = []
    for batch in (first, last):
        model.zero_grad()
        with Shapes() as shapes:
            torch.stack([*model.loss_terms(batch, 1).values()]).sum().backward()
        called.append(shapes.called)
    assert called[0] == called[1]
    names = {name for name, _ in called[0]}
    assert not [name for name in names if "unique" in name or "nonzero" in name or "local_scalar" in name]


@pytest.mark.parametrize(
    ("backbone", "align", "told"),
    [("pyg", "none", "PyG"), ("lightgcn", "sampled", "Contrastive"), ("pyg", "sampled", "PyG and Contrastive")],
)
def test_parts_with_varying_shapes_are_refused(backbone: str, align: str, told: str) -> None:
    data = partial(InteractionDataModule, static_shapes=True)
    options = {"contrast_with": "sampled"} if align == "sampled" else {}
    head = parts.options("align", "contrastive" if align == "sampled" else align) | options
    with pytest.raises(UserError, match=rf"^datamodule.static_shapes=true: {told} has steps of other shapes"):
        build_model(
            tiny.dataset(),
            instantiate(parts.options("backbone", backbone)),
            instantiate(head),
            Recommender,
            data,
            torch.optim.Adam,
        )


def test_batches_of_fixed_shapes_hold_the_same_pairs() -> None:
    data = InteractionDataModule(tiny.dataset(), batch_size=150, static_shapes=True)
    padded = [*data.train_dataloader()]
    expected = [*EpochBatches(data.interactions, data.sampler, 150, data.seed, 0)]
    assert {len(part) for batch in padded for part in batch} == {150}
    assert len(expected[-1].users) < 150
    for batch, small in zip(padded, expected, strict=True):
        assert batch.weights is not None and batch.weights.sum() == len(small.users)
        for ours, theirs in zip(batch[:3], small[:3], strict=True):
            assert torch.equal(ours[: len(theirs)], theirs)


def test_training_in_fixed_shapes_logs_the_same_losses(tmp_path: Any) -> None:
    logged = []
    for static in (False, True):
        data = InteractionDataModule(tiny.dataset(), batch_size=150, static_shapes=static)
        fitter = trainer(tmp_path, max_epochs=2)
        fitter.fit(matrix_factorisation(data), datamodule=data)
        logged.append({name: value.item() for name, value in fitter.callback_metrics.items()})
    assert logged[0] == pytest.approx(logged[1], rel=1e-6)
