"""A dataset folder with lazily computed statistics, for tables and warnings."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.common.processes.locks import undisturbed
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.data.findings import profiles, vectors
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest


@dataclass(frozen=True)
class FolderContents:
    """The contents of a readable dataset folder, with statistics that are computed once.

    Args:
        root: path of the folder.
        manifest: manifest of the folder.
        dataset: dataset in the folder.
    """

    root: Path
    manifest: Manifest
    dataset: Dataset

    @classmethod
    def read(cls, root: Path) -> "FolderContents":
        """Return the contents of a folder without ``validate``; each file is checked only by itself.

        Raises:
            UserError: if a file is missing or damaged; names it.
        """

        def read() -> FolderContents:
            manifest = Manifest.read(root)
            return cls(root, manifest, FolderDataset(str(root)).read(manifest))

        return undisturbed(root, read)

    @property
    def entities(self) -> dict[str, pl.DataFrame]:
        """Return the tables of users and items, with the keys ``user`` and ``item``."""
        return {"user": self.dataset.users, "item": self.dataset.items}

    @cached_property
    def profiles(self) -> dict[str, profiles.ProfileFacts]:
        """Return statistics of the profiles, with the keys ``user`` and ``item``."""
        return {kind: profiles.measure(table["profile"]) for kind, table in self.entities.items()}

    @property
    def without_profiles(self) -> list[str]:
        """Return the kinds, ``users`` or ``items``, that have no profiles at all."""
        return [f"{kind}s" for kind, facts in self.profiles.items() if facts.empty == facts.count]

    @cached_property
    def vectors(self) -> dict[str, vectors.VectorFacts]:
        """Return statistics of the embeddings, with the keys ``user`` and ``item`` where there are embeddings."""
        tables = {"user": self.dataset.user_embeddings, "item": self.dataset.item_embeddings}
        return {
            kind: vectors.measure(table)
            for kind, table in tables.items()
            if table is not None and table.ndim == 2 and table.dtype.kind == "f" and len(table)
        }

    @cached_property
    def log(self) -> pl.DataFrame | None:
        """Return statistics of the interaction log; None without a readable log.

        The table has a row for each split: ``split``, ``interactions``; ``times``, ``first`` and ``last`` (seconds
        since 1970, null if no time is known); ``ratings``, ``lowest`` and ``highest``; ``reviews`` and their
        ``characters``.
        """
        if not (self.root / interaction_log.FILE).is_file():
            return None
        facts = {
            "interactions": pl.len(),
            "times": pl.col("timestamp").count(),
            "first": pl.col("timestamp").min(),
            "last": pl.col("timestamp").max(),
            "ratings": pl.col("rating").count(),
            "lowest": pl.col("rating").min(),
            "highest": pl.col("rating").max(),
            "reviews": (pl.col("review") != "").sum(),
            "characters": pl.col("review").str.len_chars().sum(),
        }
        try:
            return interaction_log.scan(self.root).group_by("split").agg(**facts).collect(engine="streaming")
        except (UserError, pl.exceptions.PolarsError, OSError):
            return None  # reported as a problem by ``examine``
