"""Synthetic power-law graphs of any size, with profile embeddings that reveal users' tastes, for benchmarks."""

import hashlib
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from annotated_types import Gt, Lt
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt
from scipy.sparse import csr_array

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file
from rlmrec.common.option_types import Ratio, Seed
from rlmrec.common.processes.locks import lock_file
from rlmrec.common.room import refuse_beyond_disk, refuse_beyond_memory
from rlmrec.common.terminal import progress_bar
from rlmrec.data.dataset import Dataset
from rlmrec.data.mapped_files import new_mapped_file
from rlmrec.data.matrices import pair_codes
from rlmrec.data.validation import validate

DENSEST = 0.25
"""Density up to which drawing distinct pairs at random is fast."""
MOST_ROUNDS = 100
ROWS_AT_ONCE = 2**16


class SyntheticDataset:
    """A synthetic graph with power-law degrees on both sides, for measuring scale, not for comparing methods.

    Users and items belong to groups. An interaction stays within the user's group with probability ``affinity``, and
    profile embeddings are noisy copies of the group's vector, so that text is informative. The memory needed is a few
    times that of the interactions; profile embeddings are written to a cache file in chunks and memory-mapped.

    Args:
        cache: folder of the cached profile embeddings.
        users: number of users.
        items: number of items.
        interactions: number of distinct interactions over all splits.
        text_dim: width of the profile embeddings; 0 for none.
        held_out: share of the interactions that is held out, half of it for validation and half for testing; every user
            keeps at least one training interaction.
        user_exponent: exponent of user activity, which is proportional to ``rank ** -user_exponent``.
        item_exponent: exponent of item popularity, which is proportional to ``rank ** -item_exponent``.
        groups: number of groups.
        affinity: probability that an interaction is drawn from the items of the user's group.
        text_noise: length of the noise in a profile embedding, relative to the group's vector.
        seed: seed of the graph and the vectors, independent of the seed of a run.
    """

    def __init__(
        self,
        cache: str,
        users: PositiveInt = 20_000,
        items: PositiveInt = 4_000,
        interactions: PositiveInt = 500_000,
        text_dim: NonNegativeInt = 64,
        held_out: Annotated[float, Gt(0), Lt(1)] = 0.4,
        user_exponent: NonNegativeFloat = 0.5,
        item_exponent: NonNegativeFloat = 0.8,
        groups: PositiveInt = 50,
        affinity: Ratio = 0.7,
        text_noise: NonNegativeFloat = 1.0,
        seed: Seed = 0,
    ) -> None:
        if not users <= interactions <= DENSEST * users * items:
            raise UserError(
                f"dataset.interactions={interactions}: {users} users and {items} items take {users} "
                f"to {int(DENSEST * users * items)} distinct interactions"
            )
        self.cache = Path(cache)
        self.users, self.items, self.interactions = users, items, interactions
        self.text_dim, self.text_noise = text_dim, text_noise
        self.held_out = held_out
        self.user_exponent, self.item_exponent = user_exponent, item_exponent
        self.groups, self.affinity = groups, affinity
        self.seed = seed

    def load(self) -> Dataset:
        """Return the dataset, which is determined by the options; refuse one with an empty split."""
        everything = self.users + self.items + self.interactions + self.groups * max(self.text_dim, 1)
        refuse_beyond_memory(8 * everything, "dataset.users, items, interactions and groups")
        random = np.random.default_rng(self.seed)
        user_groups, item_groups = (random.integers(self.groups, size=n) for n in (self.users, self.items))
        train, val, test = self._splits(self._pairs(user_groups, item_groups, random), random)
        dataset = Dataset(
            "synthetic",
            train,
            val,
            test,
            users=_names(self.users),
            items=_names(self.items),
            user_embeddings=self._vectors("users", user_groups),
            item_embeddings=self._vectors("items", item_groups),
            description=f"made up: {self.users} users, {self.items} items, {self.interactions} interactions",
            missing_embeddings="dataset.text_dim=0 makes no profile embeddings: set it, or train with align=none",
            embeddings_info={"encoder": "made up"} if self.text_dim else {},
        )
        validate(dataset)
        return dataset

    def _pairs(self, user_groups: np.ndarray, item_groups: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw distinct pairs, as sorted ``pair_codes``; every user has at least one.

        Raises:
            UserError: if the most active users and most popular items leave too few pairs to draw.
        """
        draw = _ItemDraw(item_groups, self.groups, _power_law(self.items, self.item_exponent, random), self.affinity)
        activity = _power_law(self.users, self.user_exponent, random)
        first = np.arange(self.users)
        codes = covering = pair_codes(first, draw(user_groups, random), self.items)
        for _ in range(MOST_ROUNDS):
            missing = self.interactions - len(codes)
            # Draw counts per user instead of one user per draw, so that the result is already sorted.
            users = np.repeat(first, random.multinomial(missing + missing // 8 + 64, activity))
            codes = _distinct(np.concatenate([codes, pair_codes(users, draw(user_groups[users], random), self.items)]))
            if len(codes) >= self.interactions:
                break
        else:
            raise UserError(
                f"dataset.interactions={self.interactions} are too many for such uneven degrees: choose fewer, or "
                "smaller dataset.user_exponent, dataset.item_exponent or dataset.affinity"
            )
        spare = np.ones(len(codes), dtype=bool)
        spare[np.searchsorted(codes, covering)] = False
        dropped = random.choice(np.flatnonzero(spare), len(codes) - self.interactions, replace=False, shuffle=False)
        return np.delete(codes, dropped)

    def _splits(self, codes: np.ndarray, random: np.random.Generator) -> list[csr_array]:
        """Return training, validation and test matrices."""
        users = codes // self.items
        counts = np.bincount(users, minlength=self.users)
        drawn = random.random(len(codes), dtype=np.float32)
        kept = np.cumsum(counts) - 1 - (random.random(self.users) * counts).astype(np.int64)
        drawn[kept] = 1
        borders = (self.held_out, self.held_out / 2)
        masks = (drawn >= borders[0], (drawn < borders[0]) & (drawn >= borders[1]), drawn < borders[1])
        return [self._matrix(users[mask], codes[mask]) for mask in masks]

    def _matrix(self, users: np.ndarray, codes: np.ndarray) -> csr_array:
        rows = np.concatenate([[0], np.cumsum(np.bincount(users, minlength=self.users))])
        columns = (codes - users * self.items).astype(np.int32)
        return csr_array((np.ones(len(codes), np.float32), columns, rows), shape=(self.users, self.items))

    def _vectors(self, side: str, groups: np.ndarray) -> np.ndarray | None:
        """Return memory-mapped unit vectors, from the cache if present."""
        if not self.text_dim:
            return None
        recipe = f"{side} {len(groups)} {self.users} {self.groups} {self.text_dim} {self.text_noise} {self.seed}"
        path = self.cache / "synthetic" / f"{side}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.npy"
        if not path.exists():  # a filled cache may be read-only
            path.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(path.with_suffix(".lock")):  # jobs of a sweep may load it concurrently
                self._make(path, side, groups)
        return np.load(path, mmap_mode="r")

    def _make(self, path: Path, side: str, groups: np.ndarray) -> None:
        if path.exists():  # created by another job in the meantime
            return
        refuse_beyond_disk(4 * len(groups) * self.text_dim, path.parent, f"dataset.text_dim={self.text_dim}")
        with atomic_file(path) as partial:
            self._write_vectors(partial, side, groups)

    def _write_vectors(self, path: Path, side: str, groups: np.ndarray) -> None:
        centres = _unit(np.random.default_rng([self.seed, 0]).standard_normal((self.groups, self.text_dim), np.float32))
        random = np.random.default_rng([self.seed, 1 + (side == "items")])
        out = new_mapped_file(path, np.float32, (len(groups), self.text_dim))
        scale = np.float32(self.text_noise / np.sqrt(self.text_dim))
        parts = chunks(len(groups), ROWS_AT_ONCE)
        for rows in progress_bar(parts, desc=f"vectors of {side}", unit="piece", leave=False, delay=2):
            near = centres[groups[rows]]
            near += scale * random.standard_normal(near.shape, np.float32)
            out[rows] = _unit(near)
        out.flush()


class _ItemDraw:
    """A sampler of items by popularity, within the user's group or among all items.

    Args:
        groups: group of each item, ``(items,)``.
        num_groups: number of groups.
        popularity: share of each item, ``(items,)``.
        affinity: probability of a draw within the user's group.
    """

    def __init__(self, groups: np.ndarray, num_groups: int, popularity: np.ndarray, affinity: float) -> None:
        self.order = np.argsort(groups, kind="stable")
        self.borders = np.concatenate([[0.0], np.cumsum(popularity[self.order])])
        ends = np.searchsorted(groups[self.order], np.arange(num_groups + 1))
        self.low, self.width = self.borders[ends[:-1]], np.diff(self.borders[ends])
        self.affinity = affinity

    def __call__(self, user_groups: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw an item for each user, given the users' groups."""
        position = random.random(len(user_groups))
        inside = (random.random(len(user_groups), dtype=np.float32) < self.affinity) & (self.width[user_groups] > 0)
        position = np.where(inside, self.low[user_groups] + position * self.width[user_groups], position)
        place = np.searchsorted(self.borders, position, side="right") - 1
        return self.order[np.minimum(place, len(self.order) - 1)]


def _power_law(count: int, exponent: float, random: np.random.Generator) -> np.ndarray:
    """Return shares proportional to ``rank ** -exponent``, with random ranks, ``(count,)``."""
    shares = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return random.permutation(shares / shares.sum())


def _distinct(codes: np.ndarray) -> np.ndarray:
    """Return the distinct codes, sorted in place; ``np.unique`` hashes, which takes ten times as long."""
    codes.sort()
    return codes[np.concatenate([[True], codes[1:] != codes[:-1]])]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _names(count: int) -> pl.DataFrame:
    ids = pl.int_range(count, eager=True).alias("id")
    text = [pl.lit("").alias(column) for column in ("title", "metadata", "profile")]
    return pl.DataFrame(ids).with_columns(pl.col("id").cast(pl.String).alias("external_id"), *text)
