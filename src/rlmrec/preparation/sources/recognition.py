"""The columns of raw files by their usual names."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.preparation.sources.columns import EntityColumns, InteractionColumns

AUTO = "auto"
INTERACTIONS: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "user_id", "userid", "uid", "reviewer_id", "reviewer", "customer_id", "username", "reader"),
    "item": (
        *("item", "item_id", "itemid", "iid", "parent_asin", "asin", "movie_id", "book_id", "business_id"),
        *(
            "product_id",
            "isbn",
            "game_id",
            "app_id",
            "track_id",
            "recipe_id",
            "gmap_id",
            "anime_id",
            "article_id",
            "title",
        ),
    ),
    "rating": ("rating", "overall", "stars", "score", "book_rating", "user_rating", "rate"),
    "timestamp": (
        *("timestamp", "unix_review_time", "time", "unix_time", "date", "datetime", "date_added", "created_at"),
        *("review_date", "review_time", "date_updated"),
    ),
    "review": ("review", "review_text", "text", "review_body", "comment", "content", "body"),
    "weight": (),
}
"""What a column may be called, by the field; names are compared without case, blanks, hyphens and underscores."""
ENTITY_IDS = {"users": INTERACTIONS["user"], "items": INTERACTIONS["item"]}
TITLES = ("title", "name", "item_name", "product_name", "movie_title", "book_title", "app_name", "title_without_series")
METADATA = (
    *("author", "authors", "artist", "brand", "publisher", "developer", "director", "genre", "genres", "category"),
    *("categories", "tags", "year", "release_date", "release_year", "publication_year", "language", "language_code"),
    *("description", "summary", "about", "features", "city", "state"),
)
"""Columns of texts that say nothing of interactions; mean ratings and counts of reviews would."""
HEADERLESS = ("user", "item", "rating", "timestamp")
"""The order of columns in files without a header, such as MovieLens'."""


def recognise_interactions(path: Path, found: Sequence[str], chosen: InteractionColumns) -> InteractionColumns:
    """Return the columns of an interaction file, those left to ``auto`` by their names.

    Raises:
        UserError: if no column can be taken for users or for items; lists the columns and the options.
    """
    places = {field: str(n + 1) for n, field in enumerate(HEADERLESS)} if _is_headerless(found) else {}
    taken = [column for column in chosen.values() if column not in (None, AUTO)]
    columns = dict(chosen)
    for field, column in chosen.items():
        if column == AUTO:
            free = [name for name in found if name not in taken]
            columns[field] = places.get(field) if places else _first_match(free, INTERACTIONS[field])
            columns[field] = columns[field] if columns[field] in free else None
            taken.append(columns[field])
    unknown = [field for field in ("user", "item") if columns[field] is None]
    if unknown:
        options = " and ".join(f"source.columns.{field}=..." for field in unknown)
        raise UserError(f"{path} has the columns {', '.join(found)}: set {options} to those of {_plural(unknown)}")
    return InteractionColumns(**columns)  # type: ignore[typeddict-item]


def recognise_entities(
    kind: str, path: Path, found: Sequence[str], chosen: EntityColumns, key: str | None
) -> EntityColumns:
    """Return the columns of a user or item file, those left to ``auto`` by their names.

    Args:
        kind: ``users`` or ``items``.
        path: of the file.
        found: its columns.
        chosen: columns, or ``auto``.
        key: the column of the interaction file that holds the same ids.

    Raises:
        UserError: if no column can be taken for the ids; lists the columns and the option.
    """
    options, headerless = f"source.{kind[:-1]}_columns", _is_headerless(found)
    own: str | None = chosen["id"]
    if own == AUTO:
        candidates = [key] if key in found and not headerless else []
        own = "1" if headerless else next(iter(candidates), None) or _first_match(found, ENTITY_IDS[kind])
        own = own or _first_match(found, ("id",))
    if own is None:
        raise UserError(f"{path} has the columns {', '.join(found)}: set {options}.id=... to that of {kind}")
    rest = [name for name in found if name != own]
    title = chosen["title"]
    if title == AUTO:
        title = rest[0] if headerless and rest else _first_match(rest, TITLES)
        title = title or (own if kind == "items" and _plain(own) in map(_plain, TITLES) else None)
    metadata = chosen["metadata"]
    if metadata == AUTO:
        usual = {_plain(name) for name in METADATA}
        metadata = [name for name in rest if _plain(name) in usual and name != title]
    return EntityColumns(id=own, title=title, metadata=list(metadata), profile=_profile(chosen, rest))


def _profile(chosen: EntityColumns, rest: Sequence[str]) -> str | None:
    column = chosen.get("profile")
    return _first_match(rest, ("profile",)) if column == AUTO else column


def _is_headerless(found: Sequence[str]) -> bool:
    return list(found) == [str(number) for number in range(1, len(found) + 1)]


def _first_match(found: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the column with the earliest of the names; of columns that are alike the first."""
    plain = {_plain(name): name for name in reversed(found)}
    return next((plain[_plain(name)] for name in names if _plain(name) in plain), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _plural(fields: Sequence[str]) -> str:
    return " and ".join(f"{field}s" for field in fields)
