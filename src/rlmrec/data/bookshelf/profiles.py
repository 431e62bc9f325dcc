"""Template-written profiles of books and readers, from the catalogue and the training interactions only."""

from collections.abc import Iterable

import polars as pl

GENRES_NAMED, AUTHORS_NAMED, TITLES_NAMED = 4, 3, 12


def write_profiles(catalogue: pl.DataFrame, training: pl.DataFrame, num_readers: int) -> tuple[list[str], list[str]]:
    """Profiles in id order, items first and users from items, as in RLMRec.

    Args:
        catalogue: the books, in id order.
        training: columns reader and book.
        num_readers: number of readers; those without training interactions get an empty profile.

    Returns:
        Profiles of books and of readers.
    """
    books = catalogue.with_row_index("book").with_columns(
        pl.col("book").cast(pl.Int64), pl.col("year").map_elements(era, pl.String).alias("era")
    )
    read = training.join(books, on="book", maintain_order="left")
    readers_of = training.group_by("book").len().sort("book")
    counts = books.join(readers_of, on="book", how="left", maintain_order="left")["len"].fill_null(0)
    levels = counts.rank("average") / len(counts)
    book_profiles = [_book(row, level) for row, level in zip(books.iter_rows(named=True), levels, strict=True)]
    return book_profiles, _readers(read, num_readers)


def era(year: int) -> str:
    """A year as people speak of it: "antiquity", "the 19th century", "the 1990s"."""
    if year < 500:
        return "antiquity"
    if year < 1500:
        return "the Middle Ages"
    if year < 1900:
        return f"the {year // 100 + 1}th century"
    return f"the {year // 10 * 10}s"


def _book(book: dict, level: float) -> str:
    following = "a favourite of many readers" if level > 0.8 else "a niche read" if level < 0.2 else "a steady read"
    return (
        f"{book['title']} by {book['author']}, a book of {book['era']} written in {book['language']}: "
        f"{_listed(book['genres'])}. {book['description']} It is {following}."
    )


def _readers(read: pl.DataFrame, num_readers: int) -> list[str]:
    parts = {
        "genres": _most_read(read.explode("genres"), "genres", GENRES_NAMED),
        "author": _most_read(read, "author", AUTHORS_NAMED, at_least=2),
        "era": _most_read(read, "era", 2),
        "title": _most_read(read, "title", TITLES_NAMED),
    }
    return [_reader(*(part.get(reader, []) for part in parts.values())) for reader in range(num_readers)]


def _reader(genres: list[str], authors: list[str], eras: list[str], titles: list[str]) -> str:
    if not titles:
        return ""
    return " ".join(
        [
            f"A reader who enjoys {_listed(genres)}, mostly from {_listed(eras)}.",
            *([f"Follows {_listed(authors)}."] if authors else []),
            f"Has read {_listed(titles)}.",
        ]
    )


def _most_read(read: pl.DataFrame, column: str, most: int, at_least: int = 1) -> dict[int, list[str]]:
    """The values each reader met most often, most frequent first, ties in alphabetical order."""
    counts = read.group_by("reader", column).len().filter(pl.col("len") >= at_least)
    ranked = counts.sort("reader", "len", column, descending=[False, True, False])
    top = ranked.group_by("reader", maintain_order=True).agg(pl.col(column).head(most))
    return dict(zip(top["reader"].to_list(), top[column].to_list(), strict=True))


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
