"""The recipe of a public dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rlmrec.preparation.filters import Filter
from rlmrec.preparation.sources import TableSource
from rlmrec.preparation.splits import Split

AUTO_COLUMNS: dict[str, Any] = dict.fromkeys(("columns", "user_columns", "item_columns"), "auto")
"""Arguments of a source whose columns are recognised by name or position."""


@dataclass(frozen=True)
class Recipe:
    """The URLs of the files of a dataset, and the options of their preparation.

    Args:
        url: URL of a zip archive with the files, or of their folder, with a trailing slash.
        files: names of the files.
        source: source that reads the files; its root is set later.
        filters: filters of interactions, by name.
        split: rule that assigns interactions to training, validation and test.
        checksums: checksums of the downloaded files, such as ``md5:...``, by file name; others are not verified.
    """

    url: str
    files: tuple[str, ...]
    source: TableSource
    filters: Mapping[str, Filter]
    split: Split
    checksums: Mapping[str, str] = field(default_factory=dict)
