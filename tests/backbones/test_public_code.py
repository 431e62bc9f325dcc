"""Backbones against what public code gives on a small graph: loss terms, gradients and evaluation embeddings.

The numbers come from the classes of these repositories, given the same graph, initial embeddings and draws: SELFRec
(XSimGCL, DirectAU, NCL; Coder-Yu/SELFRec), LightGCN++ (geon0325/LightGCNpp), LightGCL (HKUDS/LightGCL) and the layer of
NGCF in RecBole. SELFRec's BPR adds 1e-5 within its logarithm, so that it is compared where the others are not.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from places import FIXTURES
from rlmrec.backbones import NCL, NGCF, Backbone, DirectAU, LightGCL, LightGCNPlusPlus, XSimGCL
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch

DIM = 4
MADE: dict[str, Callable[[Interactions], Backbone]] = {
    "xsimgcl": lambda known: XSimGCL(known, DIM, 3, 1, 0.2, 0.2, 0.15),
    "directau": lambda known: DirectAU(known, DIM, 3, 2.0),
    "ncl": lambda known: NCL(known, DIM, 3, 1, 1e-6, 0.05, 1.5, 1e-7, num_clusters=3, warm_up_epochs=0),
    "lightgcn_pp": lambda known: LightGCNPlusPlus(known, DIM, 2, 0.6, -0.1, 0.2),
    "lightgcl": lambda known: LightGCL(known, DIM, 2, 3, 1.0, 0.2, 0.2),
    "ngcf": lambda known: NGCF(known, DIM, 2, 0.9),
}


class Case:
    """A backbone with the stored graph and initial embeddings."""

    def __init__(self, name: str) -> None:
        stored: dict[str, Any] = dict(np.load(FIXTURES / "published" / f"{name}.npz"))
        self.stored = {key: torch.from_numpy(value) for key, value in stored.items() if value.ndim} | {
            key: value.item() for key, value in stored.items() if not value.ndim
        }
        sizes = self.stored["num_users"], self.stored["num_items"]
        self.backbone = MADE[name](Interactions(self.stored["users"], self.stored["items"], *sizes))
        self.batch = Batch(*(self.stored[f"batch_{part}"] for part in ("users", "positives", "negatives")))
        with torch.no_grad():
            self.backbone.initial_embeddings.copy_(self.stored["initial"])

    def terms(self) -> dict[str, Tensor]:
        self.encoding = self.backbone.encode(self.backbone.initial_embeddings)
        return self.backbone.losses(self.encoding, self.batch)

    def check_gradient(self, loss: Tensor) -> None:
        loss.backward()
        torch.testing.assert_close(self.backbone.initial_embeddings.grad, self.stored["gradient"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", MADE)
def test_evaluation_embeddings(name: str) -> None:
    case = Case(name)
    if name == "ngcf":
        load_layers(case)
    torch.testing.assert_close(case.backbone.embed(), case.stored["evaluated"], rtol=1e-5, atol=1e-6)


def test_xsimgcl(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("xsimgcl")
    draws = iter(case.stored["noise"])
    monkeypatch.setattr(torch, "rand_like", lambda _: next(draws))
    terms = case.terms()
    torch.testing.assert_close(case.encoding.nodes, case.stored["nodes"])
    assert terms["ssl"].item() == pytest.approx(case.stored["ssl"], rel=1e-5)
    case.check_gradient(terms["ssl"])


def test_directau() -> None:
    case = Case("directau")
    terms = case.terms()
    assert terms.keys() == {"alignment", "uniformity"}
    assert terms["alignment"].item() == pytest.approx(case.stored["alignment"], rel=1e-5)
    loss = terms["alignment"] + terms["uniformity"]
    assert loss.item() == pytest.approx(case.stored["loss"], rel=1e-5)
    case.check_gradient(loss)


def test_ncl() -> None:
    case = Case("ncl")
    case.backbone.centres.copy_(case.stored["centres"])
    case.backbone.cluster.copy_(case.stored["cluster"])
    case.backbone.epochs += 1
    terms = case.terms()
    for name in ("ssl", "prototype"):
        assert terms[name].item() == pytest.approx(case.stored[name], rel=1e-5)
    case.check_gradient(1e5 * terms["ssl"] + 1e6 * terms["prototype"])


def test_lightgcn_pp() -> None:
    case = Case("lightgcn_pp")
    case.terms()
    users, positives, negatives = case.backbone.scored(case.encoding, case.batch)
    difference = (users * (positives - negatives)).sum(1)
    loss = -(1e-5 + difference.sigmoid()).log().mean()  # as there
    assert loss.item() == pytest.approx(case.stored["bpr"], rel=1e-5)
    case.check_gradient(loss)


def test_lightgcl() -> None:
    case = Case("lightgcl")
    terms = case.terms()
    for name in ("bpr", "ssl"):
        assert terms[name].item() == pytest.approx(case.stored[name], rel=1e-5)
    squares = 1e-7 * case.backbone.initial_embeddings.square().sum()
    case.check_gradient(terms["bpr"] + terms["ssl"] + squares)


def test_ngcf() -> None:
    case = Case("ngcf")
    load_layers(case)
    torch.manual_seed(7)
    terms = case.terms()
    torch.testing.assert_close(case.encoding.nodes, case.stored["nodes"], rtol=1e-5, atol=1e-6)
    assert terms["bpr"].item() == pytest.approx(case.stored["bpr"], rel=1e-5)
    case.check_gradient(terms["bpr"])


def load_layers(case: Case) -> None:
    names = {"sums": "linear", "products": "interActTransform"}
    for ours, theirs in names.items():
        for number, layer in enumerate(getattr(case.backbone, ours)):
            layer.load_state_dict({k: case.stored[f"weight/{number}/{theirs}.{k}"] for k in ("weight", "bias")})
