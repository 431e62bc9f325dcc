"""The index of the USearch library."""

from pathlib import Path

import numpy as np

from rlmrec.recommending.indexes.base import NearestItems


class USearchIndex(NearestItems):
    """Unum's USearch with the inner product metric; the arguments are those of ``NearestItems``."""

    library = "usearch"
    example = """from usearch.index import Index

index = Index.restore("items.usearch")
nearest = index.search(model["users"][user], 10).keys"""

    def build(self, items: np.ndarray) -> None:
        from usearch.index import Index

        self.index = Index(
            ndim=items.shape[1],
            metric="ip",
            dtype="f32",
            connectivity=self.connections,
            expansion_add=self.build_width,
            expansion_search=self.search_width,
        )
        self.index.add(np.arange(len(items)), items, threads=1)  # several threads would not be reproducible

    def nearest(self, users: np.ndarray, k: int) -> np.ndarray:
        return np.asarray(self.index.search(users, k).keys, np.int64).reshape(len(users), k)

    def save(self, path: Path) -> None:
        self.index.save(str(path))
