"""Matching of the rows of a file with the users or items of a dataset folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from rlmrec.common.errors import UserError

Match = Literal["external_id", "id"]
Missing = Literal["refuse", "allow"]


def known_ids(folder: Path, kind: str, table: pl.DataFrame, match: Match) -> dict[str, int]:
    """Return the internal ids of all users or items of a folder, keyed by the ids used in files.

    Args:
        folder: path of the dataset folder.
        kind: ``users`` or ``items``.
        table: table of the users or items, in id order.
        match: column with the ids used in files: ``external_id``, or ``id`` for internal ids.

    Raises:
        UserError: if the column has empty or repeated ids.
    """
    names = [name.strip() for name in table[match].cast(pl.String).to_list()]
    known = {name: number for number, name in enumerate(names)}
    if "" in known:
        raise UserError(
            f"{folder}: {names.count('')} of {len(names)} {kind} have no external id to join by: match=id joins by the "
            "numbers in the column id, 0, 1, ..."
        )
    if len(known) < len(names):
        twice = next(name for number, name in enumerate(names) if known[name] != number)
        raise UserError(f"{folder}: several {kind} have the external id {twice!r}: match=id joins by number instead")
    return known


class Matching:
    """A matching of the rows of a file, block by block, with users or items.

    Args:
        kind: ``users`` or ``items``.
        path: path of the file with the ids.
        known: internal id of each user or item, by the id used in the file.
    """

    def __init__(self, kind: str, path: Path, known: dict[str, int]) -> None:
        self.kind = kind
        self.path = path
        self.known = known
        self.rows = np.zeros(len(known), dtype=np.int64)
        """Number of rows of each user or item so far."""
        self.unknown = 0
        self.stranger = ""

    def numbers(self, ids: Sequence[str]) -> np.ndarray:
        """Return the internal ids of the users or items of rows, ``(n,)``; -1 for ids not in the folder."""
        numbers = np.fromiter((self.known.get(name, -1) for name in ids), np.int64, len(ids))
        strangers = np.flatnonzero(numbers < 0)
        if len(strangers) and not self.unknown:
            self.stranger = ids[strangers[0]]
        self.unknown += len(strangers)
        np.add.at(self.rows, numbers[numbers >= 0], 1)
        return numbers

    def name(self, number: int) -> str:
        """Return the id used in the file of a user or item."""
        return next(name for name, at in self.known.items() if at == number)

    @property
    def missing(self) -> np.ndarray:
        """Return the internal ids of users or items without a row."""
        return np.flatnonzero(self.rows == 0)

    def check(self, missing: Missing, instead: str) -> None:
        """Check the matching, after the last row.

        Args:
            missing: whether users or items without a row are refused or allowed.
            instead: replacement that they get if allowed, for messages.

        Raises:
            UserError: if ids are repeated or match nothing, or users or items have no row.
        """
        repeated, kind = np.flatnonzero(self.rows > 1), self.kind
        if not self.rows.any() and not self.unknown:
            raise UserError(f"{self.path} holds no rows")
        if not self.rows.any():
            raise UserError(
                f"none of the {self.unknown:,} ids in {self.path}, such as {self.stranger!r}, is one of the {kind} of "
                f"the folder, such as {self.name(0)!r}: is it the right column, and match the right option?"
            )
        if len(repeated):
            raise UserError(
                f"{self.path} has several rows for {len(repeated):,} {kind}, such as {self.name(int(repeated[0]))!r}: "
                "leave one of each"
            )
        absent = self.missing
        if len(absent) and missing == "refuse":
            raise UserError(
                f"{self.path} has no row for {len(absent):,} of {len(self.known):,} {kind}, such as "
                f"{self.name(int(absent[0]))!r}: add them, or set missing=allow, which gives them {instead}"
            )

    def counts(self) -> dict[str, Any]:
        """Return counts for the manifest: matched rows, rows with unknown ids, and users or items without a row."""
        example = {"unknown_example": self.stranger} if self.unknown else {}
        return {"rows": int(self.rows.sum()), "unknown": self.unknown, **example, "missing": len(self.missing)}
