"""The interface of approximate nearest-neighbour indexes."""

from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge
from pydantic import PositiveInt

from rlmrec.common.errors import needs_extra


class NearestItems(ABC):
    """An approximate index of the items whose embeddings have the greatest dot products with a user embedding.

    The indexes are graphs of items (HNSW; Malkov and Yashunin, 2018).

    Args:
        connections: connections of each item in the graph; higher values increase recall and memory.
        build_width: candidates considered when an item is added; higher values increase recall and build time.
        search_width: candidates considered in a search; higher values increase recall and search time.

    Raises:
        UserError: if the library is not installed.
    """

    library: ClassVar[str]
    """Name of the package, which is also that of its extra and of the index in messages."""
    example: ClassVar[str]
    """Example code that loads the file and finds the ten nearest items of ``model["users"][user]``."""

    def __init__(
        self, connections: Annotated[int, Ge(2)] = 16, build_width: PositiveInt = 200, search_width: PositiveInt = 100
    ) -> None:
        self.connections, self.build_width, self.search_width = connections, build_width, search_width
        with needs_extra(self.library, f"index={self.library} needs an optional package"):
            self.module: Any = import_module(self.library)

    @property
    def file(self) -> str:
        """Return the name of the index file."""
        return f"items.{self.library}"

    @abstractmethod
    def build(self, items: np.ndarray) -> None:
        """Build the index from item embeddings, ``(num_items, D)`` float32, numbered by row."""

    @abstractmethod
    def nearest(self, users: np.ndarray, k: int) -> np.ndarray:
        """Return the row numbers of ``k`` items per user embedding, best first, ``(V, k)`` from ``(V, D)``."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the index to a file."""

    def recall(self, users: np.ndarray, items: np.ndarray, k: int) -> float:
        """Return the share of the ``k`` items with the greatest dot products that the index finds.

        Args:
            users: user embeddings, ``(V, D)``.
            items: item embeddings that the index was built from.
            k: number of items per user.
        """
        exact = np.argpartition(-(users @ items.T), k - 1, axis=1)[:, :k]
        found = self.nearest(users, k)
        return float(np.mean([len(np.intersect1d(*pair)) / k for pair in zip(found, exact, strict=True)]))
