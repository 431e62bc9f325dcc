"""The simulation of readers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from rlmrec.bookshelf.catalogue import load_catalogue
from rlmrec.bookshelf.readers import Books, simulate

NUM_READERS, MEAN_BOOKS = 400, 15.0
DAY = 24 * 60 * 60


def run(seed: int, num_readers: int = NUM_READERS, mean_books: float = MEAN_BOOKS) -> tuple[Books, pl.DataFrame]:
    random = np.random.default_rng(seed)
    books = Books.from_catalogue(load_catalogue(), random)
    return books, simulate(books, num_readers, mean_books, random)


@pytest.fixture(scope="module")
def simulated() -> tuple[Books, pl.DataFrame]:
    return run(seed=0)


@pytest.fixture(scope="module")
def books(simulated: tuple[Books, pl.DataFrame]) -> Books:
    return simulated[0]


@pytest.fixture(scope="module")
def choices(simulated: tuple[Books, pl.DataFrame]) -> pl.DataFrame:
    return simulated[1]


def shelves(choices: pl.DataFrame) -> list[np.ndarray]:
    """The books of each reader."""
    return [part["book"].to_numpy() for part in choices.partition_by("reader", maintain_order=True)]


def redealt(shelves: list[np.ndarray]) -> list[np.ndarray]:
    """The same shelves with the same books, dealt out at random."""
    mixed = np.random.default_rng(1).permutation(np.concatenate(shelves))
    return np.split(mixed, np.cumsum([len(shelf) for shelf in shelves])[:-1])


def test_features_of_books() -> None:
    catalogue = pl.DataFrame(
        {"author": ["b", "a", "b"], "year": [2000, -300, 1900], "genres": [["war"], ["war", "art"], ["art", "war"]]}
    )
    books = Books.from_catalogue(catalogue, np.random.default_rng(0))
    assert books.genres.tolist() == [[0, 1], [0.5, 0.5], [0.5, 0.5]]
    assert books.authors[0] == books.authors[2] != books.authors[1]
    assert books.era == pytest.approx([1, 1 / 3, 2 / 3])
    assert books.fame.shape == (3,)


def test_same_seed_same_choices_and_other_seed_others(choices: pl.DataFrame) -> None:
    assert run(seed=0)[1].equals(choices)
    other = run(seed=1)[1]
    assert {*other.head(50).rows()}.isdisjoint(choices.head(50).rows())


def test_nobody_chooses_a_book_twice_and_everybody_chooses(books: Books, choices: pl.DataFrame) -> None:
    assert not choices.select("reader", "book").is_duplicated().any()
    assert choices["reader"].unique().to_list() == list(range(NUM_READERS))
    assert 0 <= choices["book"].min() <= choices["book"].max() < len(books.era)  # type: ignore[operator]


def test_activity_has_a_long_tail(choices: pl.DataFrame, books: Books) -> None:
    counts = np.sort([len(shelf) for shelf in shelves(choices)])
    assert counts.min() == 5
    assert counts.max() <= len(books.era) // 2
    assert counts.mean() == pytest.approx(MEAN_BOOKS, rel=0.1)
    assert np.median(counts) < 0.9 * counts.mean()
    assert counts[-NUM_READERS // 10 :].sum() > 0.22 * counts.sum(), "the busiest tenth reads more than its share"


@pytest.mark.parametrize(("mean_books", "each"), [(0.01, 5), (1e9, 20)])
def test_activity_has_bounds(mean_books: float, each: int) -> None:
    random = np.random.default_rng(0)
    books = Books.from_catalogue(load_catalogue().head(40), random)
    assert [len(shelf) for shelf in shelves(simulate(books, 3, mean_books, random))] == [each] * 3


def test_timestamps_are_midnights_of_ten_years_in_order(choices: pl.DataFrame) -> None:
    times = choices["timestamp"].to_numpy()
    assert (times % DAY == 0).all()
    assert np.datetime64(int(times.min()), "s") >= np.datetime64("2015-01-01")
    assert np.datetime64(int(times.max()), "s") <= np.datetime64("2024-12-31")
    assert len(np.unique(times)) > 1500
    assert choices.equals(choices.sort("reader", "timestamp", "book"))


def same_genre(books: Books, shelf: np.ndarray) -> float:
    """Mean overlap of the genres of two books of a shelf."""
    overlaps = books.genres[shelf] @ books.genres[shelf].T
    return float(overlaps[np.triu_indices(len(shelf), 1)].mean())


def same_author(books: Books, shelf: np.ndarray) -> float:
    """Share of books that have another book of their author beside them."""
    _, place, counts = np.unique(books.authors[shelf], return_inverse=True, return_counts=True)
    return float((counts[place] > 1).mean())


def similar_era(books: Books, shelf: np.ndarray) -> float:
    """How close in time the books of a shelf are."""
    return float(1 / books.era[shelf].std())


@pytest.mark.parametrize(("trait", "factor"), [(same_genre, 1.45), (same_author, 2.0), (similar_era, 1.13)])
def test_choices_follow_taste(
    trait: Callable[[Books, np.ndarray], float], factor: float, books: Books, choices: pl.DataFrame
) -> None:
    own = shelves(choices)
    chosen, chance = (np.mean([trait(books, shelf) for shelf in dealt]) for dealt in (own, redealt(own)))
    assert chosen > factor * chance, (chosen, chance)


def test_readers_differ_in_taste(books: Books, choices: pl.DataFrame) -> None:
    liked = {int(books.genres[shelf].sum(0).argmax()) for shelf in shelves(choices)}
    assert len(liked) > books.genres.shape[1] / 2


def test_famous_books_are_chosen_more_often(books: Books, choices: pl.DataFrame) -> None:
    readers = np.bincount(choices["book"].to_numpy(), minlength=len(books.era))
    assert readers[books.fame > 1].mean() > 2 * readers[books.fame < 0].mean()
    assert (readers > 0).mean() > 0.9, "hardly a book without readers"


def test_the_best_fitting_books_are_not_read_first() -> None:
    fame = np.linspace(-100, 100, 40)
    books = Books(np.ones((40, 1)), np.arange(40), np.zeros(40), fame)
    read = shelves(simulate(books, 300, 10.0, np.random.default_rng(0)))
    assert fame[np.concatenate(read)].mean() > 50, "fame decides here"
    slopes = [np.corrcoef(np.arange(len(shelf)), shelf)[0, 1] for shelf in read]
    assert np.mean(slopes) == pytest.approx(0, abs=0.06)
