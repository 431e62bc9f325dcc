"""The manifest of a dataset folder and its record of the data's origin."""

from rlmrec.data.manifest.manifest import (
    FILE,
    UNFINISHED,
    Manifest,
    Part,
    StoredFile,
    imported_from,
    merged,
    origins,
    problems_of,
)

__all__ = ["FILE", "UNFINISHED", "Manifest", "Part", "StoredFile", "imported_from", "merged", "origins", "problems_of"]
