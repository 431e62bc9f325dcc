"""The built-in dataset, generated on first use by the same three stages as a user's own data."""

import hashlib
import shutil
from pathlib import Path

from pydantic import PositiveFloat, PositiveInt

from rlmrec.bookshelf.source import BookshelfSource
from rlmrec.common.option_types import Seed
from rlmrec.common.processes.locks import lock_file
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.data.dataset import Dataset
from rlmrec.data.folder import FolderDataset
from rlmrec.preparation.prepare import prepare_raw
from rlmrec.preparation.splits import RandomPerUser
from rlmrec.profiles import ProfileJob
from rlmrec.profiles.backends.template import TemplateWriter
from rlmrec.profiles.evidence import Sampling
from rlmrec.profiles.prompts import Prompts
from rlmrec.text.encoding import encode_folder
from rlmrec.text.tfidf import TfidfEncoder

PACKAGE = Path(__file__).parents[1]
PARTS = ("bookshelf", "common", "data", "formats", "preparation", "profiles", "text")
"""Folders of the package whose code determines the dataset."""
BOOKS = 1000
"""Upper bound on the number of books in the catalogue, for the estimate of memory."""
BOOKS_NAMED = 40
"""Maximum number of training books that a reader's profile is written from."""


class BookshelfDataset:
    """A dataset of real books and simulated readers, which is determined by the options.

    Args:
        cache: folder of the generated dataset.
        num_readers: number of simulated readers.
        mean_books: mean number of books per reader; three in five are training data.
        seed: seed of the simulation, independent of the seed of a run.
        text_dim: width of the profile embeddings.
    """

    def __init__(
        self,
        cache: str,
        num_readers: PositiveInt = 2400,
        mean_books: PositiveFloat = 18.0,
        seed: Seed = 0,
        text_dim: PositiveInt = 128,
    ) -> None:
        self.cache = Path(cache)
        self.source = BookshelfSource(num_readers, float(mean_books), seed)
        self.num_readers = num_readers
        self.seed = seed
        self.text_dim = text_dim

    def load(self) -> Dataset:
        """Return the dataset, from the cache if present."""
        recipe = f"{self.source} text_dim={self.text_dim} made by {_code_sha256()}"
        folder = self.cache / f"bookshelf-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
        refuse_beyond_memory(8 * self.num_readers * BOOKS, f"dataset.num_readers={self.num_readers}")
        if not folder.exists():  # a filled cache may be read-only
            self.cache.mkdir(parents=True, exist_ok=True)
            with lock_file(self.cache / ".bookshelf.lock"):  # jobs of a sweep may load it concurrently
                if not folder.exists():
                    self._make(folder)
        return FolderDataset(str(folder)).load()

    def _make(self, folder: Path) -> None:
        draft = folder.with_name(f".{folder.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        prepare_raw(self.source, {}, RandomPerUser(seed=self.seed), str(draft))
        sampling = Sampling(user_items=BOOKS_NAMED)
        prompt = Prompts("books")
        ProfileJob(
            str(draft), TemplateWriter(), prompt, sampling, seed=self.seed, llm_name="template", prompt_name="books"
        ).write()
        encode_folder(draft, TfidfEncoder(self.text_dim), "tfidf")
        draft.rename(folder)


def _code_sha256() -> str:
    """Return a checksum of the code and data that generate the dataset, to invalidate the cache on changes."""
    digest = hashlib.sha256()
    for part in PARTS:
        files = (path for path in sorted(PACKAGE.joinpath(part).rglob("*")) if path.suffix in (".py", ".csv", ".j2"))
        for path in files:
            digest.update(path.read_bytes())
    return digest.hexdigest()
