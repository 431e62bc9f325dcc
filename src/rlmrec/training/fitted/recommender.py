"""The LightningModule of a fitted backbone."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.aligners import NoAlignment
from rlmrec.backbones import FittedBackbone
from rlmrec.backbones.scores import EmbeddingScores, Matrix, MatrixScores, Scores, SumOfScores
from rlmrec.common.errors import UserError
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.training.fitted.file import read_fitted, write_fitted
from rlmrec.training.ranker import Ranker
from rlmrec.training.ranking_settings import RankingSettings

QUIET_BYTES = 2**28
"""Memory that a fit may take without a message."""
log = logging.getLogger(__name__)


class FittedRecommender(Ranker):
    """A fitted backbone with the result of its fit, which is stored in a file: no parameters, no epochs.

    Args:
        backbone: backbone to fit.
        dataset_identity: identity of the dataset that the file belongs to.
        seed: seed of all random draws.
        ranking: settings of ranking and metrics.
        popular_for_cold: whether users without training interactions get popular items if the backbone has no scores
            for them.

    Raises:
        UserError: if only cold items are ranked, but the backbone cannot score them.
    """

    backbone: FittedBackbone

    def __init__(
        self,
        backbone: FittedBackbone,
        dataset_identity: dict[str, Any],
        seed: int,
        ranking: RankingSettings | None = None,
        popular_for_cold: bool = False,
    ) -> None:
        super().__init__(backbone, NoAlignment(), dataset_identity, seed, ranking)
        if self.unranked_items is not None and not (backbone.uses_profiles or backbone.takes_dataset):
            raise UserError(
                f"evaluation.item_pool=cold: {type(backbone).__name__} reads interactions alone, which tell nothing of "
                "items without any; choose all, or a backbone that reads profiles, such as rp3beta_text"
            )
        self.popular_for_cold = popular_for_cold and not backbone.supports_cold_start
        self.fitted: dict[str, Matrix] = {}

    @property
    def size(self) -> int:
        """Return the number of fitted values, without zeros of sparse matrices."""
        return sum(part.size for part in self.fitted.values())

    def fit(self) -> None:
        """Fit the backbone, and first report the memory needed if it is large.

        Raises:
            UserError: if memory is insufficient, or the result is not finite.
        """
        name, memory = type(self.backbone).__name__, self.backbone.memory()
        if memory > QUIET_BYTES:
            log.warning("%s needs %.1f GB of memory for %s items", name, memory / 1e9, f"{self.backbone.num_items:,}")
        refuse_beyond_memory(memory, f"{name} of {self.backbone.num_items:,} items")
        fitted = self.backbone.fit(self.seed)
        if not all(np.isfinite(part if isinstance(part, np.ndarray) else part.data).all() for part in fitted.values()):
            raise UserError(f"{name} found NaN or infinite values: raise its regularisation")
        self.fitted = fitted

    def embed(self) -> tuple[Tensor, Tensor]:
        own = self.backbone.scores(self.fitted)
        # Without the popular items for users without interactions.
        return (own.users, own.items) if isinstance(own, EmbeddingScores) else super().embed()

    def scores(self) -> Scores:
        own = self.backbone.scores(self.fitted)
        cold = self.cold[: self.backbone.num_users].cpu().numpy()
        if not (self.popular_for_cold and cold.any()):
            return own
        chosen = csr_array(cold[:, None].astype(np.float32))
        popularity = np.log1p(np.asarray(self.backbone.train.sum(axis=0), dtype=np.float32))[None]
        return SumOfScores(own, MatrixScores(chosen, popularity))

    def save(self, path: Path) -> None:
        """Write the result of the fit."""
        write_fitted(path, self.fitted, self.dataset_identity)

    def load(self, path: Path) -> None:
        """Load the result of a fit.

        Raises:
            MissingFilesError: if the file does not exist.
            UserError: if it is damaged, or belongs to another dataset.
        """
        fitted, dataset = read_fitted(path, self.backbone.shapes)
        self.refuse_other_dataset(dataset)
        self.fitted = fitted
