"""Recommendation lists of the test, as a file."""

from pathlib import Path

import numpy as np
import polars as pl
import pytorch_lightning as L
from scipy.sparse import csr_array

from rlmrec.common.files import atomic_file
from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.list_metrics.counting import hits
from rlmrec.training.ranker import Ranker


class Recommendations(L.Callback):
    """Write the recommendation lists of all tested users after a test.

    Args:
        dataset: dataset with the held-out interactions that were evaluated.
        path: path of a Parquet file with the columns user, rank (from 1), item, score and hit.
    """

    def __init__(self, dataset: Dataset, path: Path) -> None:
        self.dataset = dataset
        self.path = path

    def on_test_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        assert isinstance(pl_module, Ranker)
        if not trainer.is_global_zero:
            return
        users = pl_module.lists.users
        items, scores = pl_module.lists.of(users)
        rows = pl.DataFrame(
            {
                "user": np.repeat(users, items.shape[1]),
                "rank": np.tile(np.arange(1, items.shape[1] + 1), len(users)),
                "item": items.ravel(),
                "score": scores.ravel(),
                "hit": hits(items, csr_array(self.dataset.test[users])).ravel(),
            }
        )
        with atomic_file(self.path) as partial:
            rows.filter(pl.col("item") >= 0).write_parquet(partial)
