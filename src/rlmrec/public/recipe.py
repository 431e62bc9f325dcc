"""The description of a public dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rlmrec.preparation.filters import Filter
from rlmrec.preparation.sources import TableSource
from rlmrec.preparation.splits import Split

AUTO_COLUMNS: dict[str, Any] = dict.fromkeys(("columns", "user_columns", "item_columns"), "auto")
"""Arguments of a source whose columns are recognised by their names or places."""


@dataclass(frozen=True)
class Recipe:
    """Addresses of the files of a dataset, and options of their preparation.

    Args:
        url: of a zip archive with the files, or of the folder they are in, with a slash at its end.
        files: their names.
        source: reads them; its folder is set later.
        filters: of interactions, by name.
        split: what is for training, validation and test.
        checksums: of what is fetched, by file name, such as ``md5:...``; what has none is taken as it comes.
    """

    url: str
    files: tuple[str, ...]
    source: TableSource
    filters: Mapping[str, Filter]
    split: Split
    checksums: Mapping[str, str] = field(default_factory=dict)
