"""Profiles of books and readers: what they say, and that they say nothing of held-out choices."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rlmrec.data.bookshelf import BookshelfDataset
from rlmrec.data.bookshelf import dataset as module
from rlmrec.data.bookshelf.profiles import era, write_profiles
from rlmrec.data.bookshelf.readers import simulate
from rlmrec.data.dataset import Dataset

CATALOGUE = pl.DataFrame(
    [
        ("Dune", "Frank Herbert", 1965, "English", ["science-fiction", "politics"], "A desert planet."),
        ("Persuasion", "Jane Austen", 1817, "English", ["romance", "classic"], "A second chance."),
        ("Emma", "Jane Austen", 1815, "English", ["romance"], "A matchmaker errs."),
        ("Iliad", "Homer", -750, "Greek", ["poetry"], "The wrath of Achilles."),
        ("Utopia", "Thomas More", 1516, "Latin", ["philosophy"], "An island."),
        ("Ulysses", "James Joyce", 1922, "English", ["classic"], "One day."),
    ],
    schema=["title", "author", "year", "language", "genres", "description"],
    orient="row",
)


def training(*shelves: list[int]) -> pl.DataFrame:
    pairs = [(reader, book) for reader, shelf in enumerate(shelves) for book in shelf]
    return pl.DataFrame(pairs, schema={"reader": pl.Int64, "book": pl.Int64}, orient="row")


def test_profiles_of_a_small_catalogue() -> None:
    books, readers = write_profiles(CATALOGUE, training([1, 2], [0], [], [3, 2, 1], [4]), num_readers=5)
    assert readers == [
        "A reader who enjoys romance and classic, mostly from the 19th century. Follows Jane Austen. "
        "Has read Emma and Persuasion.",
        "A reader who enjoys politics and science-fiction, mostly from the 1960s. Has read Dune.",
        "",
        "A reader who enjoys romance, classic and poetry, mostly from the 19th century and antiquity. "
        "Follows Jane Austen. Has read Emma, Iliad and Persuasion.",
        "A reader who enjoys philosophy, mostly from the 16th century. Has read Utopia.",
    ]
    assert books == [
        "Dune by Frank Herbert, a book of the 1960s written in English: science-fiction and politics. "
        "A desert planet. It is a steady read.",
        "Persuasion by Jane Austen, a book of the 19th century written in English: romance and classic. "
        "A second chance. It is a favourite of many readers.",
        "Emma by Jane Austen, a book of the 19th century written in English: romance. "
        "A matchmaker errs. It is a favourite of many readers.",
        "Iliad by Homer, a book of antiquity written in Greek: poetry. The wrath of Achilles. It is a steady read.",
        "Utopia by Thomas More, a book of the 16th century written in Latin: philosophy. An island. "
        "It is a steady read.",
        "Ulysses by James Joyce, a book of the 1920s written in English: classic. One day. It is a niche read.",
    ]


def test_what_was_read_most_comes_first_and_lists_end() -> None:
    genres = ["a", "b", "c", "d", "e", "f"]
    catalogue = pl.DataFrame(
        {
            "title": [f"book {number:02}" for number in range(21)],
            "author": [author for count, author in enumerate("UVWXYZ", start=1) for _ in range(count)],
            "year": [1900] * 21,
            "language": ["English"] * 21,
            "genres": [[genre] for count, genre in enumerate(genres, start=1) for _ in range(count)],
            "description": ["None."] * 21,
        }
    )
    _, (profile,) = write_profiles(catalogue, training(list(range(20, -1, -1))), num_readers=1)
    named = ", ".join(f"book {number:02}" for number in range(11))
    assert profile == (
        f"A reader who enjoys f, e, d and c, mostly from the 1900s. Follows Z, Y and X. Has read {named} and book 11."
    )


@pytest.mark.parametrize(
    ("year", "name"),
    [
        (-1200, "antiquity"),
        (499, "antiquity"),
        (500, "the Middle Ages"),
        (1499, "the Middle Ages"),
        (1500, "the 16th century"),
        (1605, "the 17th century"),
        (1899, "the 19th century"),
        (1900, "the 1900s"),
        (1999, "the 1990s"),
        (2000, "the 2000s"),
        (2022, "the 2020s"),
    ],
)
def test_era(year: int, name: str) -> None:
    assert era(year) == name


def rebuilt(
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pl.DataFrame], pl.DataFrame] = lambda choices: choices,
) -> Dataset:
    """The dataset if readers had chosen otherwise; the split goes by the order of choices, which stays."""
    monkeypatch.setattr(module, "simulate", lambda *arguments: change(simulate(*arguments)))
    return BookshelfDataset(str(cache), num_readers=60, mean_books=12, text_dim=16).load()


def replaced(choices: pl.DataFrame, chosen: np.ndarray) -> pl.DataFrame:
    """Other books in place of the choices that ``chosen`` tells, ``(readers, books)``."""
    readers, books = choices["reader"].to_numpy(), choices["book"].to_numpy().copy()
    for reader in range(len(chosen)):
        rows = np.flatnonzero((readers == reader) & chosen[readers, books])
        unread = np.setdiff1d(np.arange(chosen.shape[1]), books[readers == reader])
        books[rows] = np.random.default_rng(reader).choice(unread, len(rows), replace=False)
    return choices.with_columns(book=pl.Series(books))


def test_held_out_choices_leave_no_trace_in_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rebuilt(tmp_path / "before", monkeypatch)
    held_out = (before.val + before.test).toarray() > 0
    after = rebuilt(tmp_path / "after", monkeypatch, lambda choices: replaced(choices, held_out))
    assert not ((after.val + after.test).toarray() > 0)[held_out].any(), "every held-out choice is another one"
    assert (after.val.nnz, after.test.nnz) == (before.val.nnz, before.test.nnz)
    assert after.fingerprint() == before.fingerprint(), "training choices are the same"
    assert after.users.equals(before.users)
    assert after.items.equals(before.items)
    assert np.array_equal(after.profiles(), before.profiles())


def test_training_choices_make_the_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rebuilt(tmp_path / "before", monkeypatch)
    known = before.train.toarray() > 0
    after = rebuilt(tmp_path / "after", monkeypatch, lambda choices: replaced(choices, known))
    assert (after.users["profile"] != before.users["profile"]).all()
    assert (after.items["profile"] != before.items["profile"]).any()
