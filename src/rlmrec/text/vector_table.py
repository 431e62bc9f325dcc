"""The table of vectors of all users or of all items, written in blocks."""

from pathlib import Path

import numpy as np

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.common.terminal import progress_bar
from rlmrec.data.mapped_files import new_mapped_file
from rlmrec.text.transform import Transform

ROWS_AT_ONCE = 8192


class VectorTable:
    """A memory-mapped table of vectors in which rows without a vector get the mean of the others.

    Args:
        path: path of the new ``.npy`` file.
        shape: number of rows and width.
        dtype: type of the stored numbers.
    """

    def __init__(self, path: Path, shape: tuple[int, int], dtype: str) -> None:
        self.vectors = new_mapped_file(path, dtype, shape)
        self.has_vector = np.zeros(shape[0], dtype=bool)
        """Mask of the rows with a vector of their own."""
        self.total = np.zeros(shape[1], dtype=np.float64)

    def write(self, rows: np.ndarray, vectors: np.ndarray, transform: Transform) -> None:
        """Write transformed vectors into rows; zero vectors, which have no direction, are skipped.

        Args:
            rows: indices of the rows, ``(n,)``.
            vectors: vectors ``(n, T)``, possibly memory-mapped.
            transform: fitted transform.

        Raises:
            UserError: if a number is not finite in the table's type.
        """
        for part in progress_bar(chunks(len(rows), ROWS_AT_ONCE), desc="writing", leave=False):
            block = vectors[part]
            has_vector = block.any(axis=1)
            if not has_vector.any():
                continue
            places = rows[part][has_vector]
            changed = transform.apply(block[has_vector])
            with np.errstate(over="ignore"):  # checked below
                self.vectors[places] = changed
            if not np.isfinite(self.vectors[places]).all():
                raise UserError(f"vectors hold numbers that {self.vectors.dtype} cannot hold: choose dtype=float32")
            self.has_vector[places] = True
            self.total += changed.sum(axis=0, dtype=np.float64)

    @property
    def given_mean(self) -> int:
        """Return the number of rows without a vector of their own, which get the mean."""
        return int((~self.has_vector).sum())

    @property
    def mean_row(self) -> int | None:
        """Return the first row without a vector of its own, once filled; None if none differs from all others.

        If all known vectors are equal, they equal their mean.
        """
        if not self.given_mean:
            return None
        row = int(self.has_vector.argmin())
        alike = (
            (self.vectors[part] == self.vectors[row]).all(axis=1) for part in chunks(len(self.vectors), ROWS_AT_ONCE)
        )
        return row if sum(int(part.sum()) for part in alike) == self.given_mean else None

    def mean(self) -> np.ndarray | None:
        """Return the mean of the rows with a vector of their own; None if there are none."""
        return self.total / self.has_vector.sum() if self.has_vector.any() else None

    def fill(self, mean: np.ndarray) -> None:
        """Set the other rows to a vector, ``(width,)``."""
        self.vectors[~self.has_vector] = mean
