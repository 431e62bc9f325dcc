"""A dataset folder with what is measured of it, each thing once, for tables and warnings."""

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
    """A dataset folder that could be read.

    Args:
        root: the folder.
        manifest: of it.
        dataset: in it.
    """

    root: Path
    manifest: Manifest
    dataset: Dataset

    @classmethod
    def read(cls, root: Path) -> "FolderContents":
        """Return what is in a folder, of which only what its files hold has been checked.

        Raises:
            UserError: names the file that is missing or damaged.
        """

        def read() -> FolderContents:
            manifest = Manifest.read(root)
            return cls(root, manifest, FolderDataset(str(root)).read(manifest))

        return undisturbed(root, read)

    @property
    def entities(self) -> dict[str, pl.DataFrame]:
        """Return the tables of users and of items, by ``user`` and ``item``."""
        return {"user": self.dataset.users, "item": self.dataset.items}

    @cached_property
    def profiles(self) -> dict[str, profiles.ProfileFacts]:
        """Return what the profiles say, by ``user`` and ``item``."""
        return {kind: profiles.measure(table["profile"]) for kind, table in self.entities.items()}

    @property
    def without_profiles(self) -> list[str]:
        """Return which of ``users`` and ``items`` have no profile at all."""
        return [f"{kind}s" for kind, facts in self.profiles.items() if facts.empty == facts.count]

    @cached_property
    def vectors(self) -> dict[str, vectors.VectorFacts]:
        """Return what the embeddings hold, by ``user`` and ``item``; nothing where there are none."""
        tables = {"user": self.dataset.user_embeddings, "item": self.dataset.item_embeddings}
        return {
            kind: vectors.measure(table)
            for kind, table in tables.items()
            if table is not None and table.ndim == 2 and table.dtype.kind == "f" and len(table)
        }

    @cached_property
    def log(self) -> pl.DataFrame | None:
        """Return totals of the log of single interactions; None without a readable log.

        A row for each split: ``split``, ``interactions``; ``times``, ``first`` and ``last`` (seconds since 1970, null
        where no time is known); ``ratings``, ``lowest`` and ``highest``; ``reviews`` and their ``characters``.
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
            return None  # told among the problems
