"""Every loss term, gradient, embedding and score of the 18 published variants (quirks in docs/deviations.md)."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

import parity
from rlmrec import aligners, backbones
from rlmrec.training.recommender import Recommender

BACKBONE_CLASSES = {cls.__name__.lower(): cls for cls in backbones.Backbone.__subclasses__()}
ALIGNER_CLASSES = {
    "none": aligners.NoAlignment,
    "contrastive": aligners.Contrastive,
    "generative": aligners.Generative,
}


def hyper_parameters(recorded: dict[str, Tensor], cls: type) -> dict[str, Any]:
    """The recorded hyper-parameters that a class takes; ``align_`` is what the aligners leave out."""
    names = cls.__init__.__annotations__
    values = {key.removeprefix("hyper/"): value.item() for key, value in recorded.items() if "hyper/" in key}
    if issubclass(cls, aligners.Aligner):
        values = {key.removeprefix("align_"): value for key, value in values.items()} | {"embedding_dim": None}
    else:
        values["self_loops"] = bool(recorded["graph/self_loops"])
    return {name: value for name, value in values.items() if name in names and value is not None}


def build(recorded: dict[str, Tensor], backbone_name: str, align: str) -> Recommender:
    cls, align_cls = BACKBONE_CLASSES[backbone_name], ALIGNER_CLASSES[align]
    backbone = cls(parity.interactions(recorded), **hyper_parameters(recorded, cls))
    aligner = align_cls(
        profile_embeddings=recorded["text/profiles"],
        num_users=backbone.num_users,
        embedding_dim=backbone.embedding_dim,
        output_dim=backbone.output_dim,
        **hyper_parameters(recorded, align_cls),
    )
    optimizer: Callable[..., Any] = torch.optim.Adam
    reg_weight = recorded["hyper/reg_weight"].item()
    model = Recommender(backbone, aligner, optimizer, dataset_identity={}, seed=0, reg_weight=reg_weight)
    parameters = dict(model.named_parameters())
    ours = {name: path for name, path in parity.PARAMETERS.items() if f"param/{name}" in recorded}
    assert set(ours.values()) == set(parameters), "every parameter is recorded and every recorded one exists"
    with torch.no_grad():
        for name, path in ours.items():
            parameters[path].copy_(recorded[f"param/{name}"])
    return model


def gradients(term: Tensor, model: Recommender) -> dict[str, Tensor | None]:
    paths = dict(model.named_parameters())
    names = [name for name, path in parity.PARAMETERS.items() if path in paths]
    inputs = [paths[parity.PARAMETERS[name]] for name in names]
    grads = torch.autograd.grad(term, inputs, retain_graph=True, allow_unused=True)
    return dict(zip(names, grads, strict=True))


def differences(recorded: dict[str, Tensor], model: Recommender) -> dict[str, float]:
    """The relative difference of every recorded output."""
    result = {}
    terms = model.loss_terms(parity.batch(recorded), 0)
    terms["total"] = torch.stack(list(terms.values())).sum()
    recorded_terms = {key.removeprefix("loss/") for key in recorded if key.startswith("loss/")}
    assert set(terms) == recorded_terms
    for name, term in terms.items():
        result[f"loss/{name}"] = parity.difference(term, recorded[f"loss/{name}"])
        prefix = "grad" if name == "total" else f"grad_{name}"
        for parameter, grad in gradients(term, model).items():
            key = f"{prefix}/{parameter}"
            if key in recorded:
                assert grad is not None, key
                result[key] = parity.difference(grad, recorded[key])
            else:
                assert grad is None or not grad.any(), f"{key} is not recorded but is not zero"
    users, items = model.embed()
    result["eval/nodes"] = parity.difference(torch.cat([users, items]), recorded["eval/nodes"])
    result["eval/scores"] = parity.difference(users @ items.T, recorded["eval/scores"])
    return result


@pytest.mark.parametrize(("backbone_name", "align"), product(parity.BACKBONES, parity.ALIGNMENTS))
def test_variant(backbone_name: str, align: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = parity.load(f"{backbone_name}-{align}")
    model = build(recorded, backbone_name, align)
    draws = parity.RecordedDraws(recorded, model.backbone.graph)
    draws.install(monkeypatch)
    found = differences(recorded, model)
    assert draws.exhausted(), "some recorded draws were not used"
    for name, value in found.items():
        assert value <= parity.TOLERANCE, name
    worst = max(found, key=found.__getitem__)
    print(f"{backbone_name}-{align}: worst of {len(found)} arrays {worst} {found[worst]:.1e}")
    recorded_outputs = {key for key in recorded if key.split("/")[0].startswith(("loss", "grad", "eval"))}
    assert set(found) == recorded_outputs


def test_graph_is_the_published_one() -> None:
    for backbone_name, align in (("lightgcn", "none"), ("gccf", "none")):
        recorded = parity.load(f"{backbone_name}-{align}")
        graph = build(recorded, backbone_name, align).backbone.graph
        assert torch.equal(torch.stack([graph.row, graph.col]).long(), recorded["graph/edge_index"])
        assert parity.difference(graph.weight, recorded["graph/edge_weight"]) <= parity.TOLERANCE


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_differs(value: float) -> None:
    with pytest.raises(AssertionError, match="not finite"):
        parity.difference(torch.tensor([1.0, value]), torch.tensor([1.0, 2.0]))
