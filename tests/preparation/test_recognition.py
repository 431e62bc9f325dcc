"""Columns are recognised by their usual names; what could be two is asked for."""

from pathlib import Path
from typing import Any

import pytest

from rlmrec.common.errors import UserError
from rlmrec.preparation.sources.columns import require
from rlmrec.preparation.sources.recognition import recognise_entities, recognise_interactions

FIELDS = ("user", "item", "rating", "timestamp", "review", "weight")
PATH = Path("r.csv")


def interactions(*found: str, **chosen: str | None) -> list[str | None]:
    wanted: Any = dict.fromkeys(FIELDS, "auto") | {"weight": None} | chosen
    columns: Any = recognise_interactions(PATH, found, wanted)
    return [columns[field] for field in FIELDS]


def entities(kind: str, key: str, *found: str, **chosen: Any) -> tuple[Any, ...]:
    wanted: Any = dict.fromkeys(("id", "title", "metadata", "profile"), "auto") | chosen
    columns: Any = recognise_entities(kind, PATH, found, wanted, key)
    return columns["id"], columns["title"], columns["metadata"], columns["profile"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["user", "item"], ["user", "item", None, None, None, None]),
        (["reviewerID", "asin", "overall", "unixReviewTime", "reviewText", "summary"], ["reviewerID", "asin"]),
        (["user_id", "parent_asin", "rating", "timestamp", "text", "title"], ["user_id", "parent_asin"]),
        (["userId", "movieId", "rating", "timestamp"], ["userId", "movieId", "rating", "timestamp", None, None]),
        (["User-ID", "ISBN", "Book-Rating"], ["User-ID", "ISBN", "Book-Rating", None, None, None]),
        (["review_id", "user_id", "business_id", "stars", "date", "text"], ["user_id", "business_id", "stars", "date"]),
        (["1", "2", "3", "4"], ["1", "2", "3", "4", None, None]),
        (["1", "2"], ["1", "2", None, None, None, None]),
        (["", "USER ID", "Item Id"], ["USER ID", "Item Id", None, None, None, None]),
    ],
)
def test_interactions(found: list[str], expected: list[str | None]) -> None:
    assert interactions(*found)[: len(expected)] == expected


def test_chosen_columns_are_taken_first() -> None:
    assert interactions("a", "user", "item", user="item", item="a")[:2] == ["item", "a"]
    assert interactions("user", "item", "rating", rating=None)[2] is None


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (["who", "item"], "r.csv has the columns who, item: set source.columns.user=... to those of users"),
        (["u1", "i1"], "set source.columns.user=... and source.columns.item=... to those of users and items;"),
        (["who", "item"], "source.header=false if these are the values of a record"),
        (["1"], "source.header=true if its first line names them"),
        (["User", "user", "item"], "r.csv: source.columns.user: set it to one of the columns User, user,"),
        (["user_id", "userId", "item"], "source.columns.user: set it to one of the columns user_id, userId"),
        (["user", "item", "Rating", "rating"], "source.columns.rating: set it to one of the columns Rating, rating"),
    ],
)
def test_what_cannot_be_told_is_asked_for(found: list[str], says: str) -> None:
    with pytest.raises(UserError) as caught:
        interactions(*found)
    assert says in str(caught.value)


def test_columns_that_are_alike_do_not_matter_if_one_is_chosen() -> None:
    assert interactions("User", "user", "item", user="user")[0] == "user"


@pytest.mark.parametrize(
    ("kind", "key", "found", "expected"),
    [
        ("items", "asin", ["asin", "title", "brand", "salesRank"], ("asin", "title", ["brand"], None)),
        ("items", "item_id", ["id", "title", "genres"], ("id", "title", ["genres"], None)),
        ("items", "title", ["title", "author"], ("title", "title", ["author"], None)),
        ("items", "2", ["1", "2", "3"], ("1", "2", [], None)),
        ("users", "1", ["1", "2", "3"], ("1", None, [], None)),
        ("users", "who", ["who", "city", "profile"], ("who", None, ["city"], "profile")),
        ("users", "user", ["user_id", "name", "mean_stars"], ("user_id", "name", [], None)),
    ],
)
def test_entities(kind: str, key: str, found: list[str], expected: tuple[Any, ...]) -> None:
    assert entities(kind, key, *found) == expected


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (["what", "title2"], "r.csv has the columns what, title2: set source.item_columns.id=... to that of items"),
        (["item", "Title", "title"], "source.item_columns.title: set it to one of the columns Title, title"),
    ],
)
def test_entities_that_cannot_be_told(found: list[str], says: str) -> None:
    with pytest.raises(UserError) as caught:
        entities("items", "asin", *found)
    assert says in str(caught.value)


def test_columns_that_are_not_there_name_option_and_columns() -> None:
    with pytest.raises(UserError, match=r"r\.csv has no column b \(source\.x\); it has a, c: set the option to one of"):
        require(PATH, {"source.y": "a", "source.x": "b"}, ["a", "c"])
    with pytest.raises(UserError, match=r"it has u1, i1: .*; source\.header=false if these are the values of a record"):
        require(PATH, {"source.x": "1"}, ["u1", "i1"])
    with pytest.raises(UserError, match=r"it has 1, 2: .*; source\.header=true if its first line names them"):
        require(PATH, {"source.x": "user"}, ["1", "2"])
    for name in ("*", "^u.*$"):
        with pytest.raises(
            UserError, match=r"r\.csv has a column .*, which polars takes for a pattern of names: rename"
        ):
            require(PATH, {"source.x": name}, [name])
