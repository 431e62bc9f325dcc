"""Fitted backbones on a small random matrix."""

from typing import Any

import numpy as np
import torch
from hydra.utils import instantiate
from torch import Tensor

import parts
from rlmrec.backbones import FittedBackbone
from rlmrec.graph import Interactions

NUM_USERS, NUM_ITEMS = 14, 11


def matrix(seed: int = 0) -> np.ndarray:
    """Ones and zeros; the last user and the last item have no interactions."""
    chosen = np.random.default_rng(seed).random((NUM_USERS, NUM_ITEMS)) < 0.35
    chosen[-1], chosen[:, -1] = False, False
    return chosen.astype(float)


def interactions(x: np.ndarray) -> Interactions:
    users, items = (torch.from_numpy(ids) for ids in x.nonzero())
    return Interactions(users, items, *x.shape)


def backbone(name: str, x: np.ndarray, **options: Any) -> FittedBackbone:
    return parts.with_profiles(instantiate(parts.options("backbone", name) | options, _convert_="all"), interactions(x))


def every_score(made: FittedBackbone, seed: int = 0) -> Tensor:
    return made.scores(made.fit(seed)).of(torch.arange(made.num_users))


def scores(name: str, x: np.ndarray, **options: Any) -> np.ndarray:
    """The scores of all users and items."""
    return every_score(backbone(name, x, **options)).numpy()


def largest(values: list[float], k: int) -> list[float]:
    """The values without those that are not among the k largest; of equals the first stay."""
    order = sorted(range(len(values)), key=lambda i: -values[i])[:k]
    return [value if i in order else 0.0 for i, value in enumerate(values)]
