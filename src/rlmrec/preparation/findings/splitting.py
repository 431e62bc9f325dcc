"""Findings on splits: unexpected sizes, and users missing from training or test."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rlmrec.data.findings.shares import share
from rlmrec.preparation.folder_contents import FolderContents

FAR = 0.05
"""Difference between a requested and an actual share above which it is reported."""
TESTED = 0.05
"""Share of the users below which the number of test users is reported."""


def warnings(contents: FolderContents) -> Iterator[str]:
    """Yield a line for each anomaly in the splits."""
    yield from _far(contents)
    yield from _untrained(contents)
    users = len(contents.dataset.test_users)
    if users < TESTED * contents.dataset.num_users:
        yield f"only {share(users, contents.dataset.num_users)} users have test interactions: metrics are of these only"


def _far(contents: FolderContents) -> Iterator[str]:
    record = contents.manifest.preparation.get("split", {})
    if not record.get("shares"):
        return
    asked = np.array(record["shares"]) / sum(record["shares"])
    unit = record.get("of", "interaction")
    counts = np.array([_units(matrix, unit) for matrix in contents.dataset.splits.values()])
    came = counts / max(counts.sum(), 1)
    if np.abs(came - asked).max() > FAR:
        yield (
            f"of the {unit}s {_percent(came)} % are for training, validation and test, where {_percent(asked)} % were "
            f"asked for (split.shares): {record['interactions_moved_to_training']:,} interactions were moved to "
            f"training and {record['interactions_dropped']:,} dropped, since their users or items had none there; "
            "choose another split, or split.orphans"
        )


def _units(matrix: Any, unit: str) -> int:
    """Return the number of interactions in a split, or of the users or items that have some in it."""
    return int(matrix.nnz) if unit == "interaction" else len(np.unique(matrix.tocoo().coords[unit == "item"]))


def _percent(shares: np.ndarray) -> str:
    return "/".join(f"{100 * value:.1f}" for value in shares)


def _untrained(contents: FolderContents) -> Iterator[str]:
    """Yield a line if some users have no training interactions, unless the split was configured to keep them."""
    users = int((np.diff(contents.dataset.train.indptr) == 0).sum())
    if users and contents.manifest.preparation.get("split", {}).get("orphans") != "keep":
        yield (
            f"{share(users, contents.dataset.num_users)} users have no training interaction: nothing is learned of "
            "them, and they are ranked for by their profiles, where a model reads some, and by popularity"
        )
