"""Vectors of all users or items of a folder, joined from the blocks of a file."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.common.terminal import progress_bar
from rlmrec.data.mapped_files import new_mapped_file
from rlmrec.imports.matching import Matching, Missing
from rlmrec.imports.vectors import Block, VectorFile


class JoinedVectors:
    """A memory-mapped table of vectors that is filled block by block.

    Args:
        path: path of the new ``.npy`` file.
        file: file of the vectors.
        matching: matching of its rows with users or items.
        dtype: type of the stored vectors.
    """

    def __init__(self, path: Path, file: VectorFile, matching: Matching, dtype: str) -> None:
        self.file = file
        self.matching = matching
        shape = (len(matching.known), file.width)
        self.vectors = new_mapped_file(path, dtype, shape)
        self.total = np.zeros(file.width, dtype=np.float64)
        self.zero = 0
        """Number of zero vectors from the file, after conversion to the stored type."""
        self.given_mean = 0
        """Number of users or items without a vector of their own."""
        self.mean_row: int | None = None
        """Id of the first of these, whose mean vector the others share; None if there are none."""
        self._not_finite: list[int] = []
        self._too_large = 0

    def take(self, blocks: Iterable[Block]) -> None:
        """Store all rows of the file.

        Args:
            blocks: blocks of ids ``(n,)`` and vectors ``(n, T)``.
        """
        for ids, vectors in progress_bar(blocks, desc=self.file.path.name, unit="block", leave=False):
            numbers = self.matching.numbers(ids)
            own = numbers >= 0
            with np.errstate(over="ignore", invalid="ignore"):  # non-finite values are reported by finish
                rows = vectors[own].astype(np.float32)
                self.vectors[numbers[own]] = rows
            finite = np.isfinite(rows).all(axis=1)
            self._not_finite += numbers[own][~finite].tolist()
            self._too_large += int((~np.isfinite(self.vectors[numbers[own]]).all(axis=1) & finite).sum())
            self.zero += int((~self.vectors[numbers[own]].any(axis=1)).sum())  # after conversion to the stored type
            self.total += rows[finite].sum(axis=0, dtype=np.float64)

    def finish(self, missing: Missing) -> None:
        """Check all rows, and give users or items without a vector the mean of the others.

        Args:
            missing: whether users or items without a vector are refused or allowed.

        Raises:
            UserError: if ids or values are invalid.
        """
        path, kind = self.file.path, self.matching.kind
        self.matching.check(missing, "the mean of the others")
        if self._not_finite:
            name = self.matching.name(self._not_finite[0])
            raise UserError(
                f"{path} has NaN or infinite numbers in the vectors of {len(self._not_finite):,} {kind}, such as "
                f"{name!r}: make these again, or leave them out and set missing=allow"
            )
        if self._too_large:
            raise UserError(f"{path} holds numbers that {self.vectors.dtype} cannot: choose dtype=float32")
        absent = self.matching.missing
        self.given_mean = len(absent)
        self.mean_row = int(absent[0]) if len(absent) else None
        own = len(self.vectors) - len(absent) - self.zero
        self.vectors[absent] = self.total / max(own, 1)
