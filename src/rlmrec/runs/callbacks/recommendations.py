"""The lists that users get at test time, kept, and measured beyond accuracy."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytorch_lightning
import torch
from pytorch_lightning import Callback
from scipy.sparse import csr_array
from torch import Tensor
from torch.distributed import all_reduce

from rlmrec.batch import EvaluationBatch
from rlmrec.beyond_accuracy import beyond_accuracy, hits
from rlmrec.data.dataset import Dataset
from rlmrec.recommender import Recommender
from rlmrec.runs.folder import atomic_file


class Recommendations(Callback):
    """Log ``test/coverage@20`` and its like (see ``beyond_accuracy``) for the longest lists, and write these.

    Args:
        dataset: what is trained on and tested with.
        path: a Parquet file with the columns user, rank (from 1), item, score and hit; None writes nothing.
    """

    def __init__(self, dataset: Dataset, path: Path | None = None) -> None:
        self.dataset = dataset
        self.path = path

    def on_test_epoch_start(
        self, trainer: pytorch_lightning.Trainer, pl_module: pytorch_lightning.LightningModule
    ) -> None:
        assert isinstance(pl_module, Recommender)
        shape = self.dataset.num_users, pl_module.metrics.max_k
        # Item numbers from 1: every user is ranked by exactly one process, the others add zeros.
        self.items = torch.zeros(shape, dtype=torch.int64, device=pl_module.device)
        self.scores = torch.zeros(shape, dtype=torch.float32, device=pl_module.device)

    def on_test_batch_end(
        self,
        trainer: pytorch_lightning.Trainer,
        pl_module: pytorch_lightning.LightningModule,
        outputs: Any,
        batch: EvaluationBatch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if outputs is not None:
            self.items[batch.users] = outputs["items"] + 1
            self.scores[batch.users] = outputs["scores"].float()

    def on_test_epoch_end(
        self, trainer: pytorch_lightning.Trainer, pl_module: pytorch_lightning.LightningModule
    ) -> None:
        assert isinstance(pl_module, Recommender)
        if trainer.world_size > 1:
            all_reduce(self.items)
            all_reduce(self.scores)
        users = np.flatnonzero(np.diff(self.dataset.test.indptr))
        items, scores = _rows(self.items, users) - 1, _rows(self.scores, users)
        del self.items, self.scores
        held_out = csr_array(self.dataset.test[users])
        vectors = self.dataset.item_embeddings
        measured = beyond_accuracy(items, held_out, self.dataset.train, vectors)
        k = pl_module.metrics.max_k
        pl_module.log_dict({f"test/{name}@{k}": torch.tensor(value) for name, value in measured.items()})
        if self.path is not None and trainer.is_global_zero:
            _write(self.path, users, items, scores, hits(items, held_out))


def _rows(table: Tensor, users: np.ndarray) -> np.ndarray:
    return table.cpu().numpy()[users]


def _write(path: Path, users: np.ndarray, items: np.ndarray, scores: np.ndarray, hit: np.ndarray) -> None:
    rows = pl.DataFrame(
        {
            "user": np.repeat(users, items.shape[1]),
            "rank": np.tile(np.arange(1, items.shape[1] + 1), len(users)),
            "item": items.ravel(),
            "score": scores.ravel(),
            "hit": hit.ravel(),
        }
    )
    with atomic_file(path) as partial:
        rows.filter(pl.col("item") >= 0).write_parquet(partial)
