"""The index of the Voyager library."""

from pathlib import Path

import numpy as np

from rlmrec.recommending.indexes.base import NearestItems


class VoyagerIndex(NearestItems):
    """Spotify's Voyager with the inner product space; the arguments are those of ``NearestItems``."""

    library = "voyager"
    example = """import voyager

index = voyager.Index.load("items.voyager")
nearest, _ = index.query(model["users"][user], k=10)"""

    def build(self, items: np.ndarray) -> None:
        self.index = self.module.Index(
            self.module.Space.InnerProduct,
            num_dimensions=items.shape[1],
            M=self.connections,
            ef_construction=self.build_width,
            random_seed=1,
        )
        self.index.ef = self.search_width
        self.index.add_items(items, num_threads=1)  # several threads would not be reproducible

    def nearest(self, users: np.ndarray, k: int) -> np.ndarray:
        found, _ = self.index.query(users, k=k, query_ef=max(k, self.search_width))
        return np.asarray(found, np.int64)

    def save(self, path: Path) -> None:
        self.index.save(str(path))
