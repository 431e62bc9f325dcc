"""A small dataset with structure, and commands run in this process."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from hydra.core.global_hydra import GlobalHydra
from scipy.sparse import csr_array

from rlmrec.cli.sweeps import failed_jobs
from rlmrec.data.dataset import Dataset

NUM_USERS, NUM_ITEMS, NUM_GROUPS = 60, 40, 4


def dataset(seed: int = 0, with_text: bool = True) -> Dataset:
    """Users and items in four groups; users mostly choose items of their group, and profiles tell the group."""
    random = np.random.default_rng(seed)
    users, items = np.arange(NUM_USERS) % NUM_GROUPS, np.arange(NUM_ITEMS) % NUM_GROUPS
    chosen = random.random((NUM_USERS, NUM_ITEMS)) < np.where(users[:, None] == items, 0.8, 0.05)
    chosen[np.arange(NUM_USERS), users] = True
    split = random.choice(3, p=(0.6, 0.2, 0.2), size=chosen.shape)
    split[np.arange(NUM_USERS), users] = 0
    train, val, test = (csr_array((chosen & (split == part)).astype(np.float32)) for part in range(3))
    centres = random.standard_normal((NUM_GROUPS, 12)).astype(np.float32)
    vectors = [centres[group] + 0.1 * random.standard_normal((len(group), 12)) for group in (users, items)]
    user_vectors, item_vectors = (part.astype(np.float32) if with_text else None for part in vectors)
    return Dataset(
        "tiny",
        train,
        val,
        test,
        users=table("user", users),
        items=table("item", items),
        user_embeddings=user_vectors,
        item_embeddings=item_vectors,
        description="made up for tests",
        missing_embeddings="no embeddings",
    )


def table(kind: str, groups: np.ndarray) -> pl.DataFrame:
    ids = range(len(groups))
    return pl.DataFrame(
        {
            "id": ids,
            "external_id": [f"{kind}-{i}" for i in ids],
            "title": [f"{kind} number {i}" for i in ids],
            "metadata": [f"group: {group}" for group in groups],
            "profile": [f"a {kind} of group {group}" for group in groups],
        }
    )


FAST = ("trainer=cpu", "trainer.max_epochs=4", "datamodule.batch_size=128", "backbone.embedding_dim=8")


RUN = ["--run"]
"""Spares Hydra to compose a configuration that tells it no more than this, before it composes that of the run."""


def may_sweep(word: str) -> bool:
    """Return whether a word of the command line may ask for several runs, or is for Hydra alone."""
    return word.startswith(("-", "hydra=", "hydra.mode=", "hydra/", "experiment=", "hparams=", "+", "~"))


def command(script: Any, *arguments: str) -> int:
    """Run an entry point in this process as a user would; returns its exit code."""
    before, sys.argv = (
        sys.argv,
        [f"{script.__name__.rpartition('.')[2]}.py", *RUN[: not any(map(may_sweep, arguments))], *arguments],
    )
    GlobalHydra.instance().clear()
    failed_jobs.taken()
    try:
        script.run()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


def train_arguments(root: Path, out: Path, *more: str) -> list[str]:
    """Arguments of a short run on the dataset folder ``root`` that writes into ``out``."""
    return ["dataset=folder", f"dataset.root={root}", f"hydra.run.dir={out}", *FAST, *more]
