"""A dataset in RecBole's atomic files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rlmrec.common.errors import MissingFilesError
from rlmrec.preparation.formats import format_of
from rlmrec.preparation.sources.base import RawTables
from rlmrec.preparation.sources.columns import EntityColumns, require
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
        item_metadata: columns of the item file that become the items' metadata. None unless told: what sums up
            interactions, such as a mean rating, tells of those held out.
        user_metadata: likewise of the user file.
        timestamp_format: as of ``TableSource``.
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
    item_metadata: list[str] = field(default_factory=list)
    user_metadata: list[str] = field(default_factory=list)
    timestamp_format: str = "seconds"
    unreadable_values: Literal["refuse", "unknown"] = "refuse"

    def tables(self, staging: Path) -> RawTables:
        interactions = Path(self.root, f"{self.name}.inter")
        if not interactions.is_file():
            raise MissingFilesError(f"there is no file {interactions}: set source.root and source.name")
        found = format_of(interactions).columns(interactions)
        require(interactions, {"source.user": self.user, "source.item": self.item}, found, "source")
        users, user_columns = self._entities("user", self.user, self.user_metadata)
        items, item_columns = self._entities("item", self.item, self.item_metadata)
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
            user_columns=user_columns,
            item_columns=item_columns,
            timestamp_format=self.timestamp_format,
            unreadable_values=self.unreadable_values,
        ).tables(staging)

    def _entities(self, kind: str, key: str, metadata: list[str]) -> tuple[str | None, EntityColumns]:
        """The file of users or items if it is there, and which of its columns are used."""
        path = Path(self.root, f"{self.name}.{kind}")
        if not path.is_file():
            if metadata:
                raise MissingFilesError(f"source.{kind}_metadata: there is no file {path}")
            return None, {"id": key, "title": None, "metadata": []}
        found = format_of(path).columns(path)
        options = {f"source.{kind}_metadata[{place}]": column for place, column in enumerate(metadata)}
        require(path, {f"source.{kind}": key, **options}, found, "source")
        title = self.title if self.title in found else None
        unused = [name for name in found if name not in (key, title, *metadata)]
        if unused:
            print(f"{path.name}: left unused: {', '.join(unused)} (source.{kind}_metadata=[...] takes what is safe)")
        return path.name, {"id": key, "title": title, "metadata": list(metadata)}
