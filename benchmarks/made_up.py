"""Random datasets of a given size, with long-tailed popularity and activity, and random unit vectors for text."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset


@dataclass(frozen=True)
class Size:
    """Of a dataset.

    Args:
        users: number of users.
        items: number of items.
        interactions: of training, validation and test.
    """

    users: int
    items: int
    interactions: tuple[int, int, int]


PUBLISHED = {
    "amazon": Size(11_000, 9_332, (120_464, 40_290, 40_106)),
    "yelp": Size(11_091, 11_010, (166_620, 55_479, 55_436)),
}


def made_up(name: str, size: Size, text_dim: int, seed: int = 0) -> Dataset:
    """A dataset of this size; nothing can be learnt from it.

    Args:
        name: of the dataset.
        size: of the dataset.
        text_dim: width of the text vectors.
        seed: of everything.
    """
    random = np.random.default_rng(seed)
    pairs = _distinct_pairs(size, random)
    borders = np.cumsum((0, *size.interactions))
    splits = (pairs[start:stop] for start, stop in pairwise(borders))
    train, val, test = (_matrix(part, size) for part in splits)
    user_vectors, item_vectors = (_unit_vectors((count, text_dim), random) for count in (size.users, size.items))
    users, items = (pl.DataFrame({"id": range(count)}) for count in (size.users, size.items))
    return Dataset(name, train, val, test, users, items, user_vectors, item_vectors, "random", "")


def _distinct_pairs(size: Size, random: np.random.Generator) -> np.ndarray:
    """Distinct codes ``user * items + item``; the first of them give every user and item an interaction."""
    most = max(size.users, size.items)
    cover = np.unique(np.arange(most) % size.users * size.items + random.permutation(most) % size.items)
    wanted, others = sum(size.interactions) - len(cover), np.empty(0, dtype=np.int64)
    while len(others) < wanted:
        users = (size.users * random.random(2 * wanted) ** 2).astype(np.int64)
        items = (size.items * random.random(2 * wanted) ** 3).astype(np.int64)
        new = np.setdiff1d(users * size.items + items, np.concatenate([cover, others]))
        others = np.concatenate([others, random.permutation(new)])
    return np.concatenate([cover, others[:wanted]])


def _matrix(codes: np.ndarray, size: Size) -> csr_array:
    coordinates = (codes // size.items, codes % size.items)
    matrix = csr_array((np.ones(len(codes), np.float32), coordinates), shape=(size.users, size.items))
    matrix.sort_indices()
    return matrix


def _unit_vectors(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    vectors = random.standard_normal(shape, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
