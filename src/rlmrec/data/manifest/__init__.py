"""The manifest of a dataset folder, and what it records of where the data come from."""

from rlmrec.data.manifest.manifest import (
    FILE,
    UNFINISHED,
    Manifest,
    Part,
    StoredFile,
    imported_from,
    merged,
    origins,
)

__all__ = ["FILE", "UNFINISHED", "Manifest", "Part", "StoredFile", "imported_from", "merged", "origins"]
