"""Training, evaluation and serving on a simulated GPU, in a process of its own: ``python simulated_cases.py [full]``.

It prints a line of JSON for each case: its kind and name, whether the results equal those of the CPU to the last digit,
the operations for which the CPU waited, and the error, if any.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import torch
from hydra.utils import instantiate
from scipy.sparse import csr_array

import parts
import tiny
from choices import ALIGNMENTS, BACKBONES, FITTED, FUSIONS, INITIALISERS
from rlmrec.common.config_files import choices
from rlmrec.data import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.data.loaders import EpochBatches, EvaluationBatches
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.evaluation.metrics import METRICS
from rlmrec.graph.batch import Batch
from rlmrec.recommending import ListRequest, ServedModel
from rlmrec.training.build import build_model
from rlmrec.training.fitted.recommender import FittedRecommender
from rlmrec.training.recommender import Recommender
from simulated_gpu import GPU, register, simulated_gpu

FEW_METRICS = EvaluationProtocol(ks=(20,), metrics={name: METRICS[name] for name in ("recall", "ndcg")})
SERVED = ["lightgcn", "alpharec", "mult_vae", "rp3beta_text", "item_knn", "ials"]
CHOICES: dict[str, list[Any]] = {
    "negatives": choices("negatives"),
    "init": INITIALISERS,
    "align": [
        *({"contrast_with": candidates} for candidates in ("all_users", "batch", "sampled", "all_items")),
        *({"loss": loss} for loss in ("sce", "mse")),
        *({"projector": projector} for projector in ("linear", "moe")),
        {"direction": "both"},
    ],
}
"""Choices of single parts with which LightGCN is trained for an epoch."""
VARYING = [{"contrast_with": "sampled"}]
"""Choices whose steps vary in shape."""
OF_PYG = {"pyg", "gcn", "gat", "graphsage"}
"""Backbones whose graph is of a type of PyTorch Geometric that cannot be simulated."""
Result = tuple[Any, list[str]]


def step(backbone: str, align: str, static: bool, device: str, waits: list[str]) -> Result:
    """Return the terms and gradients of a training step."""
    model = parts.recommender(backbone, align).to(device)
    batch = parts.batch()
    weights = torch.ones(len(batch.users)) if static else None
    batch = Batch(*(None if part is None else part.to(device) for part in (*batch[:3], weights)))
    torch.manual_seed(1)
    before = len(waits)
    terms = model.loss_terms(batch, 1)
    torch.stack([*terms.values()]).sum().backward()
    waited = waits[before:]
    gradients = {name: value.grad.cpu() for name, value in model.named_parameters() if value.grad is not None}
    return {name: value.detach().cpu() for name, value in terms.items()} | gradients, waited


def epoch(group: str, choice: str | dict[str, str], static: bool, device: str, waits: list[str]) -> Result:
    """Return the weights after an epoch of LightGCN with contrastive alignment; waits are those of its steps."""
    chosen = {"align": "contrastive", "backbone": "lightgcn"} | ({group: choice} if isinstance(choice, str) else {})
    described = {name: parts.options(name, value) for name, value in chosen.items()}
    if isinstance(choice, dict):
        described[group] |= choice
    made = {name: instantiate(options, _convert_="all") for name, options in described.items()}
    model, data = build_model(
        tiny.dataset(),
        recommender=partial(Recommender, reg_weight=1e-3),
        datamodule=partial(InteractionDataModule, batch_size=150),
        optimizer=partial(torch.optim.SGD, lr=0.1),
        seed=0,
        **made,
    )
    assert isinstance(model, Recommender)
    model = model.to(device).train()
    optimizer = model.make_optimizer([value for value in model.parameters() if value.requires_grad])
    sampler = data.sampler if model.backbone.uses_negatives else None
    batches = EpochBatches(data.interactions, sampler, 150, 0, 0, torch.device(device), static)
    waited = []
    for number in range(len(batches)):
        torch.manual_seed(number)
        before = len(waits)
        optimizer.zero_grad()
        torch.stack([*model.loss_terms(batches[number], number).values()]).sum().backward()
        optimizer.step()
        waited += waits[before:]
    return {name: value.detach().cpu() for name, value in model.named_parameters()}, waited


def some_cold() -> Dataset:
    """The small dataset with two users and two items that have no training interactions."""
    train = tiny.dataset().train.toarray()
    train[:, [4, 9]], train[[3, 7]] = 0, 0
    return replace(tiny.dataset(), train=csr_array(train))


def tested(backbone: str, align: str, device: str, waits: list[str], **parts_changed: Any) -> Result:
    """Return the metrics of a validation and a test, with cold users and items; waits are those of its steps."""
    model, data = parts.built(some_cold(), backbone, align, **{"evaluation": FEW_METRICS} | parts_changed)
    if isinstance(model, FittedRecommender):
        model.fit()
    model = model.to(device).eval()
    logged: dict[str, float] = {}
    model._trainer = SimpleNamespace(world_size=1)  # type: ignore[assignment]
    model.log_dict = lambda values: logged.update({name: float(value) for name, value in values.items()})  # type: ignore
    waited = []
    with torch.no_grad():
        for split, stage in (("val", "validation"), ("test", "test")):
            getattr(model, f"on_{stage}_epoch_start")()
            held_out, seen = getattr(data.evaluated, split), data.dataset.train
            for number, batch in enumerate(EvaluationBatches(held_out, seen, device=torch.device(device))):
                before = len(waits)
                getattr(model, f"{stage}_step")(batch, number)
                waited += waits[before:]
            getattr(model, f"on_{stage}_epoch_end")()
    return logged, waited


def served(backbone: str, align: str, device: str, waits: list[str]) -> Result:
    """Return lists for known and new users, and neighbours."""
    dataset = some_cold()
    model, _ = parts.built(dataset, backbone, align)
    if isinstance(model, FittedRecommender):
        model.fit()
    with torch.no_grad():
        serving = ServedModel(model.to(device).eval(), dataset, "train")
        request = ListRequest(k=5)
        tables = [serving.recommend(["user-1", "user-3"], request)]
        tables.append(serving.recommend_to_new(request, {"new": ["item-1", "item-5", "item-8"]}))
        if backbone != "mult_vae" and backbone != "ials":
            tables.append(serving.similar_items(["item-2"], 4))
    return [table.rows() for table in tables], []


def cases(full: bool = False) -> Iterator[tuple[str, str, Callable[[str, list[str]], Result]]]:
    """Yield the kind, the name and the function of each case, which takes a device and a list of waits.

    Args:
        full: whether to take all pairs of backbones and alignments, not only each part once.
    """
    aligned = [name for name in BACKBONES if name not in OF_PYG]
    for backbone, align in product(aligned, ALIGNMENTS):
        if full or backbone == "lightgcn" or align == "contrastive":
            for kind in ("step", "static step"):
                of = backbone, align, kind == "static step"
                yield kind, f"{backbone} {align}", lambda *at, of=of: step(*of, *at)
        if align == "none" or (full and (backbone == "lightgcn" or align == "contrastive")):
            yield "test", f"{backbone} {align}", lambda *at, of=(backbone, align): tested(*of, *at)
    yield "test", "all metrics", lambda *at: tested("lightgcn", "contrastive", *at, evaluation=EvaluationProtocol())
    for backbone in (*FITTED, "mult_vae"):
        yield "test", backbone, lambda *at, of=backbone: tested(of, "none", *at)
    for name in FUSIONS if full else ("gate", "kar"):
        fusion = instantiate(parts.options("fusion", name))
        yield "test", f"fusion {name}", lambda *at, of=fusion: tested("lightgcn", "contrastive", *at, fusion=of)
    for group, names in CHOICES.items():
        for choice in names:
            for kind in ("epoch", "static epoch"):
                if kind == "epoch" or choice not in VARYING:
                    of = group, choice, kind == "static epoch"
                    yield kind, f"{group} {choice}", lambda *at, of=of: epoch(*of, *at)
    for backbone in SERVED:
        align = "contrastive" if backbone == "lightgcn" else "none"
        yield "serving", backbone, lambda *at, of=(backbone, align): served(*of, *at)


def same(first: Any, second: Any) -> bool:
    """Return whether two results are equal, to the last digit."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    return bool(torch.equal(first, second)) if isinstance(first, torch.Tensor) else bool(first == second)


def main() -> None:
    register()
    for kind, name, case in cases(full=sys.argv[1:] == ["full"]):
        found: dict[str, Any] = {"kind": kind, "name": name, "same": False, "waits": [], "error": None}
        try:
            expected, _ = case("cpu", [])
            with simulated_gpu() as waits:
                result, found["waits"] = case(GPU, waits)
            found["same"] = same(result, expected)
        except Exception as error:
            found["error"] = f"{type(error).__name__}: {error}"[:500]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    sys.exit(main())
