"""Recognition of the columns of raw files by their usual names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rlmrec.common.errors import UserError
from rlmrec.data.dataset import singular
from rlmrec.formats.sniffing import plain
from rlmrec.preparation.sources.columns import EntityColumns, InteractionColumns, first_line, is_headerless

AUTO = "auto"
INTERACTIONS: Mapping[str, tuple[str, ...]] = {
    "user": ("user", "user_id", "userid", "uid", "reviewer_id", "reviewer", "customer_id", "username", "reader"),
    "item": (
        *("item", "item_id", "itemid", "iid", "parent_asin", "asin", "movie_id", "book_id", "business_id"),
        *("product_id", "isbn", "game_id", "app_id", "track_id", "recipe_id", "gmap_id", "anime_id", "article_id"),
        "title",
    ),
    "rating": ("rating", "overall", "stars", "score", "book_rating", "user_rating", "rate"),
    "timestamp": (
        *("timestamp", "unix_review_time", "time", "unix_time", "date", "datetime", "date_added", "created_at"),
        *("review_date", "review_time", "date_updated"),
    ),
    "review": ("review", "review_text", "text", "review_body", "comment", "content", "body"),
    "weight": (),
}
"""Usual names of the columns by field; case, blanks, hyphens and underscores are ignored."""
OPINIONS = (*INTERACTIONS["rating"], "review", "review_text", "review_body")
"""Usual names of columns that describe single interactions."""
ENTITY_IDS = {"users": (*INTERACTIONS["user"], "id"), "items": (*INTERACTIONS["item"][:-1], "id", "title")}
TITLES = ("title", "name", "item_name", "product_name", "movie_title", "book_title", "app_name", "title_without_series")
METADATA = (
    *("author", "authors", "artist", "brand", "publisher", "developer", "director", "genre", "genres", "category"),
    *("categories", "tags", "year", "release_date", "release_year", "publication_year", "language", "language_code"),
    *("description", "summary", "about", "features", "city", "state"),
)
"""Columns of texts that do not depend on interactions, unlike mean ratings and review counts."""
HEADERLESS = ("user", "item", "rating", "timestamp")
"""Order of the columns in files without a header, such as those of MovieLens."""


def recognise_interactions(path: Path, found: Sequence[str], chosen: InteractionColumns) -> InteractionColumns:
    """Return the columns of an interaction file, with ``auto`` resolved by name.

    Raises:
        UserError: if the column of users or items is not recognised; lists the columns and the options.
    """
    places = {field: str(n + 1) for n, field in enumerate(HEADERLESS)} if is_headerless(found) else {}
    taken = [column for column in chosen.values() if column not in (None, AUTO)]
    columns = dict(chosen)
    for field, column in chosen.items():
        if column == AUTO:
            free = [name for name in found if name not in taken]
            match = places.get(field) or _first_match(free, INTERACTIONS[field], f"{path}: source.columns.{field}")
            columns[field] = match if match in free else None
            taken.append(columns[field])
    unknown = [field for field in ("user", "item") if columns[field] is None]
    if unknown:
        options = " and ".join(f"source.columns.{field}=..." for field in unknown)
        hint = f"set {options} to those of {_plural(unknown)}{first_line(found)}"
        raise UserError(f"{path} has the columns {', '.join(found)}: {hint}")
    return InteractionColumns(**columns)  # type: ignore[typeddict-item]


def recognise_entities(
    kind: str, path: Path, found: Sequence[str], chosen: EntityColumns, key: str | None
) -> EntityColumns:
    """Return the columns of a user or item file, with ``auto`` resolved by name.

    Args:
        kind: ``users`` or ``items``.
        path: path of the file.
        found: columns of the file.
        chosen: selected columns, or ``auto``.
        key: column of the interaction file with the same ids.

    Raises:
        UserError: if the column of ids is not recognised; lists the columns and the option.
    """
    options, headerless = f"source.{singular(kind)}_columns", is_headerless(found)
    own: str | None = chosen["id"]
    if own == AUTO:
        same = key if key in found else None
        own = "1" if headerless else same or _first_match(found, ENTITY_IDS[kind], f"{path}: {options}.id")
    if own is None:
        hint = f"set {options}.id=... to that of {kind}{first_line(found)}"
        raise UserError(f"{path} has the columns {', '.join(found)}: {hint}")
    rest = [name for name in found if name != own]
    title, profile = chosen["title"], chosen.get("profile")
    if title == AUTO:
        second = rest[0] if headerless and rest and kind == "items" else None
        title = second or _first_match(rest, TITLES, f"{path}: {options}.title")
        title = title or (own if kind == "items" and plain(own) in map(plain, TITLES) else None)
    metadata = chosen["metadata"]
    if isinstance(metadata, str) and metadata != AUTO:
        metadata = [metadata]
    if metadata == AUTO:
        usual = {plain(name) for name in METADATA}
        metadata = [name for name in rest if plain(name) in usual and name != title]
    if profile == AUTO:
        profile = _first_match(rest, ("profile",), f"{path}: {options}.profile")
    return EntityColumns(id=own, title=title, metadata=list(metadata or []), profile=profile)


def names_other_side(kind: str, found: Sequence[str]) -> bool:
    """Return whether a file of items has columns of users and of their ratings or reviews, or vice versa."""
    other = INTERACTIONS["user"] if kind == "items" else INTERACTIONS["item"][:-1]
    names = {plain(name) for name in found}
    return all(names & {plain(name) for name in part} for part in (other, OPINIONS))


def without_texts(chosen: EntityColumns) -> EntityColumns:
    """Return columns in which ``auto`` selects no texts, for files of interactions.

    The headline of a review could be taken for a title, but belongs to an interaction, which may be held out.
    """
    left_out: dict[str, object] = {"title": None, "metadata": [], "profile": None}
    kept = {name: left_out[name] if name in left_out and column == AUTO else column for name, column in chosen.items()}
    return EntityColumns(**kept)  # type: ignore[typeddict-item]


def _first_match(found: Sequence[str], names: Sequence[str], option: str) -> str | None:
    """Return the column that matches the earliest of the names.

    Raises:
        UserError: if several columns match the same name.
    """
    alike = [list(dict.fromkeys(column for column in found if plain(column) == plain(name))) for name in names]
    matching = next(filter(None, alike), None)
    if matching is None:
        return None
    if len(matching) > 1:
        raise UserError(f"{option}: set it to one of the columns {', '.join(matching)}, which are called alike")
    return matching[0]


def _plural(fields: Sequence[str]) -> str:
    return " and ".join(f"{field}s" for field in fields)
