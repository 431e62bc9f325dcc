"""Negatives that are not uniform: their frequencies, and which of several a step uses, against plain loops."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from scipy.stats import chisquare
from torch import Tensor

import parts
import tiny
from rlmrec import build, compose
from rlmrec.common.config_files import choices
from rlmrec.common.errors import UserError
from rlmrec.common.seeding import generator
from rlmrec.data import InteractionDataModule
from rlmrec.data.negatives import HardestNegatives, PopularityNegatives, SeveralNegatives, UniformNegatives
from rlmrec.graph.batch import Batch
from rlmrec.training.findings import findings

SHAPES: dict[str, tuple[int, ...]] = {"hardest": (8,), "popularity": (), "several": (4,), "uniform": ()}
OWN = ["dataset=folder", "dataset.root=unused", "backbone.embedding_dim=8", "align=none"]


def made(name: str) -> Any:
    options = compose([*OWN, f"negatives={name}"])["negatives"]
    return instantiate(options)(parts.interactions())


def pairs(sampler: Any, batch: Batch, scores: np.ndarray) -> Batch:
    """With scores from a table."""
    table = torch.from_numpy(scores)
    return sampler.pairs(batch, lambda users, items: table[users, items])


@pytest.mark.parametrize("name", SHAPES)
def test_no_choice_gives_a_training_item(name: str) -> None:
    known = parts.interactions()
    taken = set(zip(known.users.tolist(), known.items.tolist(), strict=True))
    drawn = made(name).sample(known.users, generator(0, "test", 0))
    assert drawn.shape == (len(known.users), *SHAPES[name]) and drawn.dtype == torch.int64
    for user, items in zip(known.users.tolist(), drawn.reshape(len(known.users), -1).tolist(), strict=True):
        assert not taken & {(user, item) for item in items}


def test_every_choice_is_tested() -> None:
    assert choices("negatives") == sorted(SHAPES)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_popularity_draws_in_proportion_to_its_power(exponent: float) -> None:
    known = parts.interactions(isolated=2)
    sampler = PopularityNegatives(known, exponent)
    counts = Counter(known.items.tolist())
    user, draws = 3, 30_000
    own = {item for u, item in zip(known.users.tolist(), known.items.tolist(), strict=True) if u == user}
    weights = np.array([0 if i in own else (counts[i] + 1) ** exponent for i in range(known.num_items)], float)
    drawn = sampler.sample(torch.full((draws,), user), generator(1, "test", 0)).bincount(minlength=known.num_items)
    allowed = weights > 0
    assert drawn.numpy()[~allowed].sum() == 0
    assert chisquare(drawn.numpy()[allowed], draws * weights[allowed] / weights.sum()).pvalue > 0.001


def test_a_great_power_does_not_overflow() -> None:
    drawn = PopularityNegatives(parts.interactions(), 5e3).draw((50,), generator(0, "test", 0))
    counts = parts.interactions().items.bincount()
    assert set(counts[drawn].tolist()) == {int(counts.max())}


def test_the_hardest_is_the_one_scored_highest() -> None:
    sampler = HardestNegatives(parts.interactions(), num_candidates=5)
    users = torch.arange(parts.NUM_USERS)
    batch = Batch(users, users % parts.NUM_ITEMS, sampler.sample(users, generator(2, "test", 0)))
    scores = np.random.default_rng(0).normal(size=(parts.NUM_USERS, parts.NUM_ITEMS))
    expected = [max(row, key=lambda item, u=u: scores[u, item]) for u, row in enumerate(batch.negatives.tolist())]
    chosen = pairs(sampler, batch, scores)
    assert chosen.negatives.tolist() == expected
    assert chosen[:2] == batch[:2], "users and positives stay as they are"


def test_several_is_every_pair_once_with_each() -> None:
    sampler = SeveralNegatives(parts.interactions(), num_negatives=3)
    users = torch.tensor([4, 7])
    batch = Batch(users, torch.tensor([1, 2]), sampler.sample(users, generator(2, "test", 0)))
    expected = [(u, p, n) for u, p, row in zip(*(ids.tolist() for ids in batch[:3]), strict=True) for n in row]
    made = pairs(sampler, batch, np.zeros((parts.NUM_USERS, parts.NUM_ITEMS)))
    assert list(zip(*(ids.tolist() for ids in made[:3]), strict=True)) == expected
    assert len(expected) == 6


def built(*words: str) -> tuple[Any, InteractionDataModule]:
    return build(compose([*OWN, "datamodule.batch_size=100", *words]), tiny.dataset())


def slow_bpr(nodes: Tensor, users: list[int], positives: list[int], negatives: list[list[int]]) -> float:
    """Means over pairs, of the means over their negatives."""
    losses = []
    for user, positive, items in zip(users, positives, negatives, strict=True):
        scores = [float(nodes[user] @ nodes[tiny.NUM_USERS + item]) for item in (positive, *items)]
        losses += [np.log1p(np.exp(score - scores[0])) for score in scores[1:]]
    return float(np.mean(losses))


@pytest.mark.parametrize("name", SHAPES)
def test_the_loss_of_a_step_is_that_of_a_loop(name: str) -> None:
    model, data = built("backbone=mf", f"negatives={name}", "recommender.reg_weight=0")
    batch = data.train_dataloader().dataset[0]
    nodes = model.backbone.embed().detach().double()
    users, positives, drawn = (ids.tolist() for ids in batch[:3])
    rows = drawn if SHAPES[name] else [[item] for item in drawn]
    if name == "hardest":
        rows = [
            [max(row, key=lambda item, user=user: float(nodes[user] @ nodes[tiny.NUM_USERS + item]))]
            for user, row in zip(users, rows, strict=True)
        ]
    expected = slow_bpr(nodes, users, positives, rows)
    assert model.loss_terms(batch, 0)["bpr"].item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("backbone", ["lightgcn", "simgcl", "autocf"])
def test_every_kind_of_backbone_takes_a_step(backbone: str, name: str) -> None:
    options = [f"backbone={backbone}", f"negatives={name}"]
    if backbone == "lightgcn":
        options.append("backbone.sampling=neighbour")
    model, data = built(*options)
    losses = model.loss_terms(data.train_dataloader().dataset[0], 0)
    assert all(loss.isfinite() for loss in losses.values())
    warned = [line for line in findings(model, data) if line.startswith("negatives have no effect: AutoCF")]
    assert bool(warned) == (backbone == "autocf" and name != "uniform")


def test_uniform_is_the_default_and_one_candidate_is_uniform() -> None:
    known = parts.interactions()
    assert isinstance(built()[1].sampler, UniformNegatives)
    uniform = UniformNegatives(known).sample(known.users, generator(0, "test", 0))
    for sampler in (HardestNegatives(known, 1), SeveralNegatives(known, 1)):
        assert torch.equal(sampler.sample(known.users, generator(0, "test", 0))[:, 0], uniform)


def test_more_than_memory_holds_is_refused() -> None:
    sampler = HardestNegatives(parts.interactions(), num_candidates=10**13)
    with pytest.raises(UserError, match="negatives: 10000000000000 items for each of 2 pairs: "):
        sampler.sample(torch.zeros(2, dtype=torch.int64), generator(0, "test", 0))
