"""The vectors of all users or items of a folder, out of a file's blocks."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rlmrec.common.errors import UserError
from rlmrec.common.terminal import progress_bar
from rlmrec.data.mapped_files import new_mapped_file
from rlmrec.imports.matching import Matching, Missing
from rlmrec.imports.vectors import Block, VectorFile


class JoinedVectors:
    """A memory-mapped table that is filled row by row.

    Args:
        path: of the new ``.npy`` file.
        file: of the vectors.
        matching: of its rows.
        dtype: of the numbers on disk.
    """

    def __init__(self, path: Path, file: VectorFile, matching: Matching, dtype: str) -> None:
        self.file = file
        self.matching = matching
        shape = (len(matching.known), file.width)
        self.vectors = new_mapped_file(path, dtype, shape)
        self.total = np.zeros(file.width, dtype=np.float64)
        self.zero = 0
        """Vectors in the file that are zero."""
        self.given_mean = 0
        """Users or items without a vector of their own."""
        self.mean_row: int | None = None
        """The first of these: all others have the same vector."""
        self._not_finite: list[int] = []
        self._too_large = 0

    def take(self, blocks: Iterable[Block]) -> None:
        """Take all rows of the file.

        Args:
            blocks: ids ``(n,)`` and vectors ``(n, T)``.
        """
        for ids, vectors in progress_bar(blocks, desc=self.file.path.name, unit="block", leave=False):
            numbers = self.matching.numbers(ids)
            own = numbers >= 0
            with np.errstate(over="ignore", invalid="ignore"):  # looked for below
                rows = vectors[own].astype(np.float32)
                self.vectors[numbers[own]] = rows
            finite = np.isfinite(rows).all(axis=1)
            self._not_finite += numbers[own][~finite].tolist()
            self._too_large += int((~np.isfinite(self.vectors[numbers[own]]).all(axis=1) & finite).sum())
            self.zero += int((~self.vectors[numbers[own]].any(axis=1)).sum())  # as they are stored
            self.total += rows[finite].sum(axis=0, dtype=np.float64)

    def finish(self, missing: Missing) -> None:
        """Check all rows together, and give users or items without a vector the mean of the others.

        Args:
            missing: whether there may be any.

        Raises:
            UserError: if ids or numbers are not what they should be.
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
