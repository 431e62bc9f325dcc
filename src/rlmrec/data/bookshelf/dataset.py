"""The embedded dataset, built on first use."""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import PositiveFloat, PositiveInt
from scipy.sparse import csr_array

from rlmrec.data.bookshelf.catalogue import load_catalogue
from rlmrec.data.bookshelf.profiles import write_profiles
from rlmrec.data.bookshelf.readers import Books, simulate
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.data.writing import write_folder
from rlmrec.text.tfidf import TfidfEncoder

DESCRIPTION = "simulated readers of real books: the catalogue is real, who read what is not"


class BookshelfDataset:
    """Real books and simulated readers; the same options give the same data.

    Args:
        cache: folder in which the finished dataset is kept.
        num_readers: number of simulated readers.
        mean_books: mean number of books a reader chooses; three in five are training data.
        seed: of the simulation, apart from the seed of a run.
        text_dim: width of the profile vectors.
    """

    def __init__(
        self,
        cache: str,
        num_readers: PositiveInt = 2400,
        mean_books: PositiveFloat = 18.0,
        seed: int = 0,
        text_dim: PositiveInt = 128,
    ) -> None:
        self.cache = Path(cache)
        self.num_readers = num_readers
        self.mean_books = mean_books
        self.seed = seed
        self.text_dim = text_dim

    def load(self) -> Dataset:
        """The dataset, from the cache if it was built before."""
        catalogue = load_catalogue()
        options = f"num_readers={self.num_readers} mean_books={self.mean_books} seed={self.seed}"
        recipe = f"{options} text_dim={self.text_dim} {catalogue.write_json()}"
        folder = self.cache / f"bookshelf-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
        if not folder.exists():
            info = {"encoder": "tfidf", "text_dim": self.text_dim}
            write_folder(self._build(catalogue), folder, source=f"simulation with {options}", embeddings_info=info)
        return FolderDataset(str(folder)).load()

    def _build(self, catalogue: pl.DataFrame) -> Dataset:
        random = np.random.default_rng(self.seed)
        choices = simulate(Books.from_catalogue(catalogue, random), self.num_readers, self.mean_books, random)
        split = split_per_reader(choices["reader"].to_numpy(), random)
        parts = [choices.filter(pl.Series(split == number)) for number in range(3)]
        book_profiles, reader_profiles = write_profiles(catalogue, parts[0], self.num_readers)
        vectors = TfidfEncoder(self.text_dim).encode(reader_profiles + book_profiles)
        train, val, test = (_matrix(part, (self.num_readers, len(catalogue))) for part in parts)
        titles = catalogue["title"].to_list()
        names = [f"reader {number}" for number in range(self.num_readers)]
        return Dataset(
            "bookshelf",
            train,
            val,
            test,
            users=_table(names, [""] * self.num_readers, reader_profiles),
            items=_table(titles, titles, book_profiles),
            user_embeddings=vectors[: self.num_readers],
            item_embeddings=vectors[self.num_readers :],
            description=DESCRIPTION,
            missing_embeddings="",
        )


def split_per_reader(readers: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Split each reader's books at random 3:1:1, at least one for training.

    Args:
        readers: reader of each choice, sorted, ``(E,)``.
        random: source of the order.

    Returns:
        0 for training, 1 for validation, 2 for test, ``(E,)``.
    """
    order = np.lexsort((random.random(len(readers)), readers))
    counts = np.bincount(readers)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    position = np.empty(len(readers), dtype=np.int64)
    position[order] = np.arange(len(readers)) - starts
    share = (position + 0.5) / counts[readers]
    return np.where((share < 0.6) | (position == 0), 0, np.where(share < 0.8, 1, 2))


def _matrix(choices: pl.DataFrame, shape: tuple[int, int]) -> csr_array:
    coordinates = (choices["reader"].to_numpy(), choices["book"].to_numpy())
    return csr_array((np.ones(len(choices), dtype=np.float32), coordinates), shape=shape)


def _table(external_ids: list[str], titles: list[str], profiles: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"external_id": external_ids, "title": titles, "profile": profiles}).select(
        pl.int_range(pl.len()).alias("id"), "external_id", "title", "profile"
    )
