"""Metrics of individual users, stored for paired tests."""

from pathlib import Path

import polars as pl
import pytorch_lightning as L

from rlmrec.common.files import atomic_file
from rlmrec.training.ranker import Ranker


class PerUserMetrics(L.Callback):
    """Write one row per evaluated user after a test.

    Args:
        path: path of a Parquet file with the columns user, external_id and one per metric.
        external_ids: users' external ids, in the order of user numbers.
    """

    def __init__(self, path: Path, external_ids: pl.Series) -> None:
        self.path = path
        self.external_ids = external_ids

    def on_test_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        assert isinstance(pl_module, Ranker)
        if not trainer.is_global_zero:
            return
        values = pl.DataFrame(pl_module.per_user.cpu().numpy(), schema=pl_module.metrics.names)
        ids = pl.DataFrame({"external_id": self.external_ids}).with_row_index("user")
        rows = pl.concat([ids, values], how="horizontal").filter(~pl.col(pl_module.metrics.names[0]).is_nan())
        with atomic_file(self.path) as partial:
            rows.write_parquet(partial)
