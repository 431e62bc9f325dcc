"""The interface of every index of approximate nearest neighbours."""

from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge
from pydantic import PositiveInt

from rlmrec.common.errors import needs_extra


class NearestItems(ABC):
    """Finds the items whose embeddings have the greatest dot products with one of a user, not always all of them.

    The indexes are graphs of items (HNSW; Malkov and Yashunin 2018).

    Args:
        connections: of each item in the graph; more find more and take more memory.
        build_width: items considered when one is put into the graph; more find more and build longer.
        search_width: items considered when some are looked for; more find more and take longer.

    Raises:
        UserError: if the library is not installed.
    """

    library: ClassVar[str]
    """Name of the package, of the extra that installs it, and of the index in messages."""
    example: ClassVar[str]
    """Python code that reads the file and finds the ten nearest items of ``model["users"][user]``."""

    def __init__(
        self, connections: Annotated[int, Ge(2)] = 16, build_width: PositiveInt = 200, search_width: PositiveInt = 100
    ) -> None:
        self.connections, self.build_width, self.search_width = connections, build_width, search_width
        with needs_extra(self.library, f"index={self.library} needs an optional package"):
            self.module: Any = import_module(self.library)

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"items.{self.library}"

    @abstractmethod
    def build(self, items: np.ndarray) -> None:
        """Put item embeddings into the index, ``(num_items, D)`` float32; their numbers are those of the rows."""

    @abstractmethod
    def nearest(self, users: np.ndarray, k: int) -> np.ndarray:
        """Return the numbers of ``k`` items for each user embedding, best first, ``(V, k)`` from ``(V, D)``."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the index into a file."""

    def recall(self, users: np.ndarray, items: np.ndarray, k: int) -> float:
        """Return the share of the ``k`` items with the greatest dot products that the index finds.

        Args:
            users: user embeddings, ``(V, D)``.
            items: item embeddings, as the index has them.
            k: how many.
        """
        exact = np.argpartition(-(users @ items.T), k - 1, axis=1)[:, :k]
        found = self.nearest(users, k)
        return float(np.mean([len(np.intersect1d(*pair)) / k for pair in zip(found, exact, strict=True)]))
