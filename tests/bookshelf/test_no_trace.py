"""Held-out choices leave no trace in profiles and vectors; training choices make them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from rlmrec.bookshelf import BookshelfDataset, source
from rlmrec.bookshelf.catalogue import load_catalogue
from rlmrec.bookshelf.readers import simulate
from rlmrec.data.dataset import Dataset

NUM_BOOKS = 60
Change = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Change], Dataset]:
    """Makes the dataset as if readers had chosen otherwise; every book has training readers."""

    def dataset(cache: str, change: Change) -> Dataset:
        monkeypatch.setattr(source, "load_catalogue", lambda: load_catalogue().head(NUM_BOOKS))
        monkeypatch.setattr(source, "simulate", lambda *arguments: change(simulate(*arguments)))
        return BookshelfDataset(str(tmp_path / cache), num_readers=120, mean_books=10, text_dim=16).load()

    return dataset


def chosen_otherwise(choices: pl.DataFrame, rows: np.ndarray) -> pl.DataFrame:
    """Other books in place of some choices, such as the reader has not chosen at all."""
    readers, books = choices["reader"].to_numpy(), choices["book"].to_numpy().copy()
    for reader in np.unique(readers):
        own = np.flatnonzero((readers == reader) & rows)
        unread = np.setdiff1d(np.arange(NUM_BOOKS), books[readers == reader])
        books[own] = np.random.default_rng(reader).choice(unread, len(own), replace=False)
    return choices.with_columns(book=pl.Series(books))


def in_training(choices: pl.DataFrame, dataset: Dataset) -> np.ndarray:
    """Which choices are training interactions."""
    titles = load_catalogue()["title"]
    users = {name: number for number, name in enumerate(dataset.users["external_id"])}
    items = {name: number for number, name in enumerate(dataset.items["external_id"])}
    train = dataset.train.toarray() > 0
    pairs = choices.select("reader", "book").rows()
    return np.array([train[users[f"reader {reader}"], items[titles[book]]] for reader, book in pairs])


def held_out(dataset: Dataset) -> np.ndarray:
    return (dataset.val + dataset.test).toarray() > 0


def test_held_out_choices_leave_no_trace(build: Callable[[str, Change], Dataset]) -> None:
    before = build("before", lambda choices: choices)
    after = build("after", lambda choices: chosen_otherwise(choices, ~in_training(choices, before)))
    assert not (held_out(after) & held_out(before)).any(), "every held-out choice is another one"
    assert held_out(after).sum() == held_out(before).sum()
    assert np.array_equal(after.train.toarray(), before.train.toarray()), "training choices are the same"
    assert after.users.equals(before.users)
    assert after.items.equals(before.items)
    assert np.array_equal(after.profile_embeddings(), before.profile_embeddings())


def test_training_choices_make_the_profiles(build: Callable[[str, Change], Dataset]) -> None:
    before = build("before", lambda choices: choices)
    after = build("after", lambda choices: chosen_otherwise(choices, in_training(choices, before)))
    assert (after.users["profile"] != before.users["profile"]).mean() > 0.99
