"""A dataset in RecBole's atomic files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.formats.recbole import RecBole
from rlmrec.preparation.sources.base import RawTables
from rlmrec.preparation.sources.columns import EntityColumns, require
from rlmrec.preparation.sources.table import TableSource
from rlmrec.preparation.splits import NAMES, TEST, TRAIN


@dataclass(frozen=True)
class RecBoleSource:
    """``NAME.inter`` with ``NAME.item`` and ``NAME.user`` if present (Zhao et al., "RecBole", CIKM 2021).

    Args:
        root: folder with the files.
        name: name of the dataset and of its files.
        description: one sentence on the origin of the data.
        user: column of users.
        item: column of items.
        rating: column of ratings, used if present.
        timestamp: column of times, used if present.
        review: column of review texts, used if present.
        title: column of the items' titles, used if present.
        item_metadata: columns of the item file that form the items' metadata; none by default, since columns that
            aggregate interactions, such as a mean rating, leak held-out ones.
        user_metadata: columns of the user file that form the users' metadata.
        timestamp_format: format of the times, as in ``TableSource``.
        unreadable_values: whether an unreadable rating or time is refused or counts as unknown.
        parts: RecBole's ``benchmark_filename``: names of two or three files ``NAME.PART.inter``, for training,
            validation (if there are three) and test; ``split=given`` keeps them. None reads ``NAME.inter``.
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
    timestamp_format: str = "auto"
    unreadable_values: Literal["refuse", "unknown"] = "refuse"
    parts: list[str] | None = None

    def tables(self, staging: Path) -> RawTables:
        names = self._interactions()
        for name in names.values():
            path = Path(self.root, name)
            if not path.is_file():
                raise MissingFilesError(f"there is no file {path}: set source.root, source.name and source.parts")
            found = RecBole().columns(path)
            require(path, {"source.user": self.user, "source.item": self.item}, found)
        users, user_columns = self._entities("user", self.user, self.user_metadata)
        items, item_columns = self._entities("item", self.item, self.item_metadata)
        return TableSource(
            self.name,
            self.description,
            self.root,
            interactions=names[""] if self.parts is None else dict(names),
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

    def _interactions(self) -> dict[str, str]:
        """Return the names of the interaction files, keyed by the part of the split if there are parts."""
        if self.parts is None:
            return {"": f"{self.name}.inter"}
        if len(self.parts) not in (2, 3):
            raise UserError("source.parts: name two files (training, test) or three (training, validation, test)")
        kinds = NAMES if len(self.parts) == len(NAMES) else (NAMES[TRAIN], NAMES[TEST])
        return {kind: f"{self.name}.{part}.inter" for kind, part in zip(kinds, self.parts, strict=True)}

    def _entities(self, kind: str, key: str, metadata: list[str]) -> tuple[str | None, EntityColumns]:
        """Return the file of users or items, if present, and its columns to use."""
        path = Path(self.root, f"{self.name}.{kind}")
        if not path.is_file():
            if metadata:
                raise MissingFilesError(f"source.{kind}_metadata: there is no file {path}")
            return None, {"id": key, "title": None, "metadata": []}
        found = RecBole().columns(path)
        options = {f"source.{kind}_metadata[{place}]": column for place, column in enumerate(metadata)}
        require(path, {f"source.{kind}": key, **options}, found)
        title = self.title if self.title in found else None
        unused = [name for name in found if name not in (key, title, *metadata)]
        if unused:
            print(f"{path.name}: left unused: {', '.join(unused)} (source.{kind}_metadata=[...] takes what is safe)")
        return path.name, {"id": key, "title": title, "metadata": list(metadata)}
