"""What the benchmarks do with a model: make its parts, train it a step, evaluate it."""

import time
from collections.abc import Sequence
from math import inf
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf

from rlmrec.common.config_files import CONFIG_FOLDER
from rlmrec.data.dataset import Dataset
from rlmrec.data.loaders import EvaluationBatches
from rlmrec.evaluation.ranking import top_items
from rlmrec.runs import resolvers
from rlmrec.training.build import PARTS
from rlmrec.training.recommender import Recommender


def composed(words: Sequence[str], names: Sequence[str] = PARTS) -> dict[str, Any]:
    """Parts of a model by name, as options of ``train.py`` say."""
    resolvers.register()
    with initialize_config_dir(CONFIG_FOLDER, version_base="1.3"):
        config = compose("train", overrides=[*words, "names.backbone=x", "names.align=x"])
    options: Any = OmegaConf.to_container(config, resolve=True)
    return instantiate({name: options[name] for name in names}, _convert_="all")


def step(model: Recommender, optimizer: torch.optim.Optimizer, batch: Any, number: int = 0) -> None:
    """One training step, as Lightning takes it."""
    optimizer.zero_grad()
    torch.stack(list(model.loss_terms(batch, number).values())).sum().backward()
    optimizer.step()


@torch.no_grad()
def evaluation_seconds(model: Recommender, dataset: Dataset, patience: float = inf) -> tuple[float, float]:
    """Seconds of ranking all items on the test split, and the share of chunks of users that they were enough for."""
    start = time.perf_counter()
    users, items = model.embed()
    batches = EvaluationBatches(dataset.test, dataset.train)
    done = 0
    while done < len(batches) and time.perf_counter() - start < patience:
        batch = batches[done]
        model.metrics.per_user(top_items(users[batch.users], items, batch.seen, model.metrics.max_k), batch.held_out)
        done += 1
    return time.perf_counter() - start, done / len(batches)
