"""The hand-written catalogue."""

import csv
import re
import unicodedata
from collections import Counter

import polars as pl
import pytest

from rlmrec.bookshelf.catalogue import COLUMNS, FOLDER, load_catalogue

GENRES = """
    adventure art biography children classic coming-of-age crime drama dystopia economics essays family-saga fantasy
    food gothic graphic-novel historical history horror humour literary magical-realism mathematics memoir mystery
    mythology nature philosophy poetry politics psychology religion romance satire science science-fiction
    short-stories spy technology thriller travel war young-adult
"""
LANGUAGES = """
    Akkadian, Arabic, Bengali, Chinese, Czech, Danish, Dutch, English, French, German, Greek, Gujarati, Hebrew,
    Hungarian, Icelandic, Indonesian, Italian, Japanese, Korean, Latin, Norwegian, Old English, Persian, Polish,
    Portuguese, Russian, Sanskrit, Serbo-Croatian, Spanish, Swedish, Turkish, Vietnamese
"""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The files as they are, read without the package."""
    files = sorted(FOLDER.glob("*.csv"))
    assert len(files) == 5
    found = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as text:
            reader = csv.DictReader(text, strict=True)
            assert reader.fieldnames == list(COLUMNS), file
            found += list(reader)
    return found


def plain(text: str) -> str:
    """Letters and digits only, without accents, case and a leading article."""
    letters = unicodedata.normalize("NFKD", re.sub(r"^(the|an?) ", "", text.casefold()))
    return "".join(letter for letter in letters if letter.isalnum())


def test_there_are_enough_books(rows: list[dict[str, str]]) -> None:
    assert len(rows) >= 600
    assert len({row["author"] for row in rows}) >= 200


def test_no_book_is_listed_twice(rows: list[dict[str, str]]) -> None:
    books = Counter((plain(row["title"]), plain(row["author"])) for row in rows)
    assert [book for book, count in books.items() if count > 1] == []
    titles = Counter(row["title"] for row in rows)
    assert [title for title, count in titles.items() if count > 1] == [], "profiles name readers' books by title"


def test_an_author_is_spelt_one_way(rows: list[dict[str, str]]) -> None:
    spellings: dict[str, set[str]] = {}
    for row in rows:
        spellings.setdefault(plain(row["author"]), set()).add(row["author"])
    assert [names for names in spellings.values() if len(names) > 1] == []


@pytest.mark.parametrize("field", ["title", "author", "language", "genres", "description"])
def test_text_is_clean(field: str, rows: list[dict[str, str]]) -> None:
    for row in rows:
        text = row[field]
        assert text
        assert text == " ".join(text.split()), row
        assert text == unicodedata.normalize("NFC", text), row
        # Of all that is not ASCII only letters: no curly quotes, no dashes, no signs of a broken encoding.
        assert all(letter.isalpha() for letter in text if not letter.isascii()), row
        assert text.count('"') % 2 == 0, row
        assert text.count("(") == text.count(")"), row
        assert text.isprintable(), row


def test_years(rows: list[dict[str, str]]) -> None:
    years = [int(row["year"]) for row in rows]
    assert min(years) >= -2100  # the oldest tales that were written down
    assert max(years) <= 2024
    assert 0 not in years
    assert len([year for year in years if year >= 1900]) > len(years) / 2


def test_languages(rows: list[dict[str, str]]) -> None:
    assert {row["language"] for row in rows} == {" ".join(name.split()) for name in LANGUAGES.split(",")}
    assert sum(row["language"] != "English" for row in rows) > len(rows) / 4


def test_genres_are_of_a_closed_vocabulary_and_each_is_used(rows: list[dict[str, str]]) -> None:
    genres = [row["genres"].split(";") for row in rows]
    uses = Counter(genre for book in genres for genre in book)
    assert set(uses) == set(GENRES.split())
    assert min(uses.values()) >= 5
    for row, book in zip(rows, genres, strict=True):
        assert 1 <= len(book) <= 4, row
        assert len(set(book)) == len(book), row


def test_descriptions_are_whole_sentences_of_like_length(rows: list[dict[str, str]]) -> None:
    for row in rows:
        description = row["description"]
        assert 150 <= len(description) <= 300, row
        assert description[0].isupper() or description[0].isdigit(), row
        assert description.endswith((".", "?", "!")), row
    assert len({row["description"] for row in rows}) == len(rows)
    words = {word for row in rows for word in re.findall(r"[a-z]+", row["description"].casefold())}
    assert len(words) > 4000, "descriptions speak of the book, not of books"


@pytest.mark.parametrize(
    ("title", "author", "year", "language", "genre"),
    [
        ("Great Expectations", "Charles Dickens", 1861, "English", "classic"),
        ("The Epic of Gilgamesh", "Sîn-lēqi-unninni", -1200, "Akkadian", "mythology"),
        ("War and Peace", "Leo Tolstoy", 1869, "Russian", "war"),
        ("Foundation", "Isaac Asimov", 1951, "English", "science-fiction"),
        ("Murder on the Orient Express", "Agatha Christie", 1934, "English", "mystery"),
        ("A Brief History of Time", "Stephen Hawking", 1988, "English", "science"),
    ],
)
def test_some_books(title: str, author: str, year: int, language: str, genre: str) -> None:
    (book,) = load_catalogue().filter(pl.col("title") == title).to_dicts()
    assert (book["author"], book["year"], book["language"]) == (author, year, language)
    assert genre in book["genres"]


def test_all_rows_are_loaded_in_the_order_of_the_files(rows: list[dict[str, str]]) -> None:
    catalogue = load_catalogue()
    assert catalogue.schema == pl.Schema(COLUMNS | {"genres": pl.List(pl.String)})
    loaded = [
        {name: str(value) if name != "genres" else ";".join(value) for name, value in book.items()}
        for book in catalogue.to_dicts()
    ]
    assert loaded == rows
