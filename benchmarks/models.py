"""What the benchmarks do with a model: make its parts, train it a step, evaluate it."""

import time
from collections.abc import Sequence
from math import inf
from typing import Any

import torch

import rlmrec
from rlmrec.data.dataset import Dataset
from rlmrec.data.loaders import EvaluationBatches
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.training.recommender import Recommender


def built(words: Sequence[str], dataset: Dataset | None = None) -> rlmrec.Built:
    """Return a model and its data, as options of ``train.py`` say; a dataset takes the place of the one they name."""
    return rlmrec.build(rlmrec.compose(words), dataset=dataset)


def step(model: Recommender, optimizer: torch.optim.Optimizer, batch: Any, number: int = 0) -> None:
    """One training step, as Lightning takes it."""
    optimizer.zero_grad()
    torch.stack(list(model.loss_terms(batch, number).values())).sum().backward()
    optimizer.step()


@torch.no_grad()
def evaluation_seconds(model: Recommender, dataset: Dataset, patience: float = inf) -> tuple[float, float]:
    """Seconds of ranking all items on the test split, and the share of chunks of users that they were enough for."""
    start = time.perf_counter()
    scores = model.scores()
    batches = EvaluationBatches(dataset.test, dataset.train)
    done = 0
    while done < len(batches) and time.perf_counter() - start < patience:
        batch = batches[done]
        items, _ = scored_top_items(scores, batch.users, batch.seen, model.metrics.max_k)
        model.metrics.per_user(items, batch.held_out)
        done += 1
    return time.perf_counter() - start, done / len(batches)
