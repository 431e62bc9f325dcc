"""A dataset in RecBole's atomic files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rlmrec.errors import MissingFilesError
from rlmrec.preparation.formats import format_of
from rlmrec.preparation.sources.base import RawTables
from rlmrec.preparation.sources.columns import EntityColumns
from rlmrec.preparation.sources.table import TableSource


@dataclass(frozen=True)
class RecBoleSource:
    """``NAME.inter`` with ``NAME.item`` and ``NAME.user`` if they are there (Zhao et al., "RecBole", CIKM 2021).

    Args:
        root: folder with the files.
        name: of the dataset, and of its files.
        description: one sentence on where the data come from.
        user: column of users.
        item: column of items.
        rating: column of ratings, used if it is there.
        timestamp: column of times in seconds since 1970, likewise.
        review: column of review texts, likewise.
        title: column of items' titles, likewise.
        unreadable_values: whether a rating or time that is none is refused or counts as unknown.
    """

    root: str
    name: str
    description: str
    user: str = "user_id"
    item: str = "item_id"
    rating: str = "rating"
    timestamp: str = "timestamp"
    review: str = "review"
    title: str = "title"
    unreadable_values: Literal["refuse", "unknown"] = "refuse"

    def tables(self, staging: Path) -> RawTables:
        interactions = Path(self.root, f"{self.name}.inter")
        if not interactions.is_file():
            raise MissingFilesError(f"there is no file {interactions}: set source.root and source.name")
        found = format_of(interactions).columns(interactions)
        users, items = (self._optional(f"{self.name}.{kind}") for kind in ("user", "item"))
        return TableSource(
            self.name,
            self.description,
            self.root,
            interactions=interactions.name,
            users=users,
            items=items,
            formats={"interactions": "recbole", "users": "recbole", "items": "recbole"},
            columns={
                "user": self.user,
                "item": self.item,
                "rating": self.rating if self.rating in found else None,
                "timestamp": self.timestamp if self.timestamp in found else None,
                "review": self.review if self.review in found else None,
            },
            user_columns=self._entity_columns(users, self.user),
            item_columns=self._entity_columns(items, self.item),
            unreadable_values=self.unreadable_values,
        ).tables(staging)

    def _optional(self, file: str) -> str | None:
        return file if Path(self.root, file).is_file() else None

    def _entity_columns(self, file: str | None, key: str) -> EntityColumns:
        """All that an entity file says besides id and title is metadata."""
        if file is None:
            return {"id": key, "title": None, "metadata": []}
        path = Path(self.root, file)
        found = format_of(path).columns(path)
        title = self.title if self.title in found else None
        return {"id": key, "title": title, "metadata": [name for name in found if name not in (key, title)]}
