"""MovieLens datasets (Harper and Konstan, TiiS 2015), from GroupLens."""

from typing import Any

from rlmrec.preparation.filters import Core, OneOfRepeated, RatingThreshold
from rlmrec.preparation.sources import TableSource
from rlmrec.preparation.splits import RandomPerUser
from rlmrec.public.recipe import AUTO_COLUMNS, Recipe

FOLDER = "https://files.grouplens.org/datasets/movielens"


def movielens(title: str, archive: str, ratings: str, movies: str, md5: str | None, **reading: Any) -> Recipe:
    """Return the recipe of a dataset: ratings of at least 3 are interactions, split 8:1:1 at random within users.

    Users and items with fewer than ten interactions are removed (10-core).

    Args:
        title: title of the dataset.
        archive: name of the archive.
        ratings: file of ratings.
        movies: file of titles.
        md5: MD5 checksum of the archive; None if its host may change it.
        reading: arguments of the source: formats, columns and encoding.
    """
    files: dict[str, Any] = {"interactions": ratings, "users": None, "items": movies}
    return Recipe(
        f"{FOLDER}/{archive}",
        (ratings, movies),
        TableSource(title, f"{title} of GroupLens", root=".", **files, **(AUTO_COLUMNS | reading)),
        filters={"rating": RatingThreshold(3), "repeated": OneOfRepeated(), "core": Core(10, 10)},
        split=RandomPerUser((8, 1, 1), seed=0),
        checksums={archive: f"md5:{md5}"} if md5 else {},
    )


MOVIELENS = {
    "ml_100k": movielens(
        "MovieLens-100k",
        "ml-100k.zip",
        "u.data",
        "u.item",
        md5="0e33842e24a9c977be4e0107933c0723",
        formats={"interactions": "tsv", "items": "psv"},
        encoding="latin-1",
        header=False,
    ),
    "ml_1m": movielens(
        "MovieLens-1m",
        "ml-1m.zip",
        "ratings.dat",
        "movies.dat",
        md5="c4d9eecfca2ab87c1945afe126590906",
        formats={"interactions": "double_colon", "items": "double_colon"},
        item_columns={"id": "1", "title": "2", "metadata": ["3"]},
        encoding="latin-1",
        header=False,
    ),
    "ml_latest_small": movielens(
        "MovieLens-latest-small",
        "ml-latest-small.zip",
        "ratings.csv",
        "movies.csv",
        md5=None,
        formats={"interactions": "csv", "items": "csv"},
    ),
}
