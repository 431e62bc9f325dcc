"""Simulation of readers whose tastes determine the books they choose."""

from dataclasses import dataclass

import numpy as np
import polars as pl

FIRST_DAY, LAST_DAY = np.datetime64("2015-01-01"), np.datetime64("2024-12-31")


@dataclass(frozen=True)
class Books:
    """Features of ``I`` books for the simulation.

    Args:
        genres: 1 / (number of the book's genres) for each genre of a book, otherwise 0, ``(I, G)``.
        authors: id of each book's author, ``(I,)``.
        era: rank of the year of publication in [0, 1], ``(I,)``.
        fame: standardised log popularity, long-tailed, ``(I,)``.
    """

    genres: np.ndarray
    authors: np.ndarray
    era: np.ndarray
    fame: np.ndarray

    @classmethod
    def from_catalogue(cls, catalogue: pl.DataFrame, random: np.random.Generator) -> "Books":
        """Return features of the catalogue's books; fame is random, since the catalogue has no sales figures."""
        numbered = catalogue.with_row_index("book")
        pairs = numbered.explode("genres").with_columns((pl.col("genres").rank("dense") - 1).alias("genre"))
        genres = np.zeros((len(catalogue), pairs["genres"].n_unique()), dtype=np.float32)
        genres[pairs["book"].to_numpy(), pairs["genre"].to_numpy()] = 1
        genres /= genres.sum(1, keepdims=True)
        era = catalogue["year"].rank("average").to_numpy() / len(catalogue)
        authors = catalogue["author"].rank("dense").to_numpy().astype(np.int64)
        return cls(genres, authors, era, random.standard_normal(len(catalogue)))


def simulate(books: Books, num_readers: int, mean_books: float, random: np.random.Generator) -> pl.DataFrame:
    """Simulate the choices of readers; all randomness comes from the generator.

    A reader likes a few genres, some authors and an era, and values fame and exploration to varying degrees. Books are
    chosen without replacement, with probabilities that grow exponentially with their fit (Gumbel top-k); the number of
    books is the reader's long-tailed activity. The days are random, so that the best fitting books are not read first.

    Args:
        books: features of ``I`` books.
        num_readers: number of readers ``R``.
        mean_books: mean number of books per reader.
        random: generator of all draws.

    Returns:
        Columns reader, book and timestamp (a midnight, in seconds since 1970), sorted by reader and timestamp.
    """
    fit = _fit(books, num_readers, random)  # (R, I)
    exploration = random.uniform(0.6, 1.4, (num_readers, 1))
    keys = fit / exploration + random.gumbel(size=fit.shape)
    ranking = np.argsort(-keys, axis=1)
    activity = _activity(num_readers, mean_books, len(books.era), random)  # (R,)
    chosen = np.arange(fit.shape[1]) < activity[:, None]
    readers = np.repeat(np.arange(num_readers), activity)
    days = FIRST_DAY + random.integers(0, (LAST_DAY - FIRST_DAY).astype(int) + 1, len(readers))
    timestamps = days.astype("datetime64[s]").astype(np.int64)
    choices = pl.DataFrame({"reader": readers, "book": ranking[chosen], "timestamp": timestamps})
    return choices.sort("reader", "timestamp", "book")


def _activity(num_readers: int, mean_books: float, num_books: int, random: np.random.Generator) -> np.ndarray:
    """Return the number of books per reader: log-normal, at least 5 and at most half the catalogue, ``(R,)``."""
    spread = 0.7
    draws = random.lognormal(np.log(mean_books) - spread**2 / 2, spread, num_readers)
    return draws.round().astype(np.int64).clip(5, num_books // 2)


def _fit(books: Books, num_readers: int, random: np.random.Generator) -> np.ndarray:
    """Return the fit of each book to each reader, ``(R, I)``."""
    tastes = random.dirichlet(np.full(books.genres.shape[1], 0.08), num_readers)  # few genres each
    genre = tastes @ books.genres.T  # (R, I)
    # Favourite authors are drawn from well-fitting books, so that they are liked for their genres.
    favourites = np.argsort(-(10 * genre + random.gumbel(size=genre.shape)), axis=1)[:, :4]  # (R, 4)
    author = (books.authors[favourites][:, :, None] == books.authors).any(1)  # (R, I)
    era = np.abs(random.uniform(0, 1, (num_readers, 1)) - books.era)
    fame = random.uniform(0, 1, (num_readers, 1)) * books.fame
    return 14 * genre + 5 * author - 3 * era + 1.5 * fame
