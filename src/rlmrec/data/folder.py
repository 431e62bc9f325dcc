"""Reading the native folder format."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.bounded.arrays import load_array
from rlmrec.common.bounded.tables import load_table, refuse_unreadable
from rlmrec.common.errors import MissingFilesError, UserError, one_line
from rlmrec.common.processes.locks import undisturbed
from rlmrec.common.program import argument, command
from rlmrec.data import interaction_log
from rlmrec.data.dataset import TEXT_COLUMNS, Dataset
from rlmrec.data.manifest import FILE, UNFINISHED, Manifest
from rlmrec.data.matrices import load_matrix
from rlmrec.data.validation import validate
from rlmrec.formats import Delimited

log = logging.getLogger(__name__)

EMBEDDINGS = ("user_embeddings.npy", "item_embeddings.npy")
ENTITIES = ("users.parquet", "users.csv", "items.parquet", "items.csv")
LACKS = "lacks {}"
STOPPED = "has {} of a command that was stopped before both had their places"


class FolderDataset:
    """A dataset in the native folder format (docs/data_format.md), the format for a user's own data.

    Args:
        root: path of the folder.
        name: name of the dataset; the one in the manifest by default.
        verify_checksums: whether to compare the files with the checksums in the manifest.
        memory_map: whether to memory-map the embeddings, so that they are read from disk as needed.
        allow_empty_training_rows: whether to accept users without training interactions even if the manifest does not.
    """

    def __init__(
        self,
        root: str,
        name: str | None = None,
        verify_checksums: bool = True,
        memory_map: bool = True,
        allow_empty_training_rows: bool = False,
    ) -> None:
        self.root = Path(root)
        self.name = name
        self.verify_checksums = verify_checksums
        self.memory_map = memory_map
        self.allow_empty_training_rows = allow_empty_training_rows

    def load(self) -> Dataset:
        """Return the validated dataset.

        Raises:
            UserError: if a file or field is missing, damaged or inconsistent; names it.
        """
        manifest, dataset = undisturbed(self.root, self._read)
        validate(dataset, self.allow_empty_training_rows or manifest.allow_empty_training_rows)
        if UNFINISHED in manifest.profiles:
            log.warning("profiles of users and of items in %s may not belong together: write them again", self.root)
        self._warn_of_other_text(dataset)
        return dataset

    def _read(self) -> tuple[Manifest, Dataset]:
        manifest = Manifest.read(self.root)
        if self.verify_checksums:
            manifest.verify(self.root)
        return manifest, self.read(manifest)

    def read(self, manifest: Manifest) -> Dataset:
        """Return the dataset without ``validate``; each file is checked only by itself.

        Raises:
            UserError: if a file is missing or damaged; names it.
        """
        shape = (manifest.num_users, manifest.num_items)
        train = self._matrix("train", shape)
        stopped = UNFINISHED in manifest.embeddings
        embeddings = [None if stopped else self.embeddings(file) for file in EMBEDDINGS]
        lacking = " and ".join(file for file, vectors in zip(EMBEDDINGS, embeddings, strict=True) if vectors is None)
        val, test = self._matrix("val", shape), self._matrix("test", shape)
        users = self._entities("users", manifest.num_users)
        items = self._entities("items", manifest.num_items)
        weights = interaction_log.weights(self.root, train)
        weighted = () if weights is None else (interaction_log.FILE,)
        return Dataset(
            self.name or manifest.name,
            train=train,
            val=val,
            test=test,
            users=users,
            items=items,
            user_embeddings=embeddings[0],
            item_embeddings=embeddings[1],
            description=manifest.description,
            missing_embeddings=(
                f"{self.root} {(STOPPED if stopped else LACKS).format(lacking)}: make them with "
                f"{command('encode_text')} {argument('folder', self.root)}, or train with align=none"
            ),
            embeddings_info=manifest.embeddings,
            files=self._present(FILE, "train.npz", "val.npz", "test.npz", *ENTITIES, *weighted),
            embedding_files=self._present(*EMBEDDINGS),
            train_weights=weights,
        )

    def _present(self, *names: str) -> tuple[Path, ...]:
        return tuple(path for path in map(self.root.joinpath, names) if path.is_file())

    def entities(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return only the tables of users and items, independent of the state of the other files.

        Raises:
            UserError: if a file or field is missing, damaged or inconsistent; names it.
        """
        manifest = Manifest.read(self.root)
        if self.verify_checksums:
            manifest.verify(self.root, ENTITIES)
        return self._entities("users", manifest.num_users), self._entities("items", manifest.num_items)

    def _warn_of_other_text(self, dataset: Dataset) -> None:
        encoded = dataset.embeddings_info.get("text_sha256")
        if encoded and encoded != dataset.text_sha256():
            log.warning(
                "the embeddings in %s are of other profiles than those in it now: encode these with %s %s%s",
                self.root,
                command("encode_text"),
                argument("folder", self.root),
                ", or import embeddings of these" if "imported" in dataset.embeddings_info else "",
            )

    def _matrix(self, split: str, shape: tuple[int, int]) -> csr_array:
        path = self.root / f"{split}.npz"
        if not path.is_file():
            raise MissingFilesError(f"{path} is missing: a dataset folder holds train.npz, val.npz and test.npz")
        matrix = load_matrix(path)
        if matrix.shape != shape:
            raise UserError(f"{path} is {matrix.shape}, but the manifest says {shape} (users, items)")
        return matrix

    def _entities(self, name: str, count: int) -> pl.DataFrame:
        path = self.entity_file(name)
        return conform(self.table(path, ("id", *TEXT_COLUMNS)), path, count)

    def entity_file(self, name: str) -> Path:
        """Return the path of the table of ``users`` or ``items``.

        Raises:
            UserError: if there is no such file, or both a Parquet and a CSV file.
        """
        found = [path for path in (self.root / f"{name}.parquet", self.root / f"{name}.csv") if path.is_file()]
        if not found:
            raise MissingFilesError(f"{self.root} lacks {name}.parquet or {name}.csv")
        if len(found) > 1:
            raise UserError(f"{self.root} holds both {name}.parquet and {name}.csv: remove the outdated one")
        return found[0]

    @staticmethod
    def table(path: Path, wanted: Sequence[str] | None = None) -> pl.DataFrame:
        """Return an entity table as stored.

        Args:
            path: path of the file.
            wanted: columns to read if present; all by default.

        Raises:
            UserError: if the file is damaged, or would need far more memory than its size.
        """
        if path.suffix == ".csv":
            return Delimited(",").read(path)
        with refuse_unreadable(path):
            return load_table(path, wanted, infer_types=False)

    def embeddings(self, file: str) -> np.ndarray | None:
        """Return the embeddings in a file of the folder, ``(n, T)``; None if there is none.

        Raises:
            UserError: if the file is damaged.
        """
        path = self.root / file
        if not path.is_file():
            return None
        try:
            vectors = load_array(path, self.memory_map)
        except Exception as error:  # numpy may raise any exception on a damaged file
            raise UserError(f"{path} is no array that numpy.save wrote: {one_line(error)}") from None
        if not isinstance(vectors, np.ndarray) or vectors.ndim != 2 or not vectors.shape[1]:
            raise UserError(f"{path} holds no table of numbers, one row for each user or item")
        return vectors


def conform(table: pl.DataFrame, path: Path, count: int) -> pl.DataFrame:
    """Return an entity table with ids 0, 1, ... in order and text columns without nulls.

    Raises:
        UserError: if the ids are not 0 to ``count - 1``, each once, or a text column holds something else.
    """
    if "id" not in table.columns:
        raise UserError(f"{path} has no column id; it has {', '.join(table.columns)}")
    absent: dict[str, Any] = {column: pl.lit("") for column in TEXT_COLUMNS if column not in table.columns}
    try:
        # Cast via text, so that 0.5 is refused instead of truncated to 0.
        table = table.with_columns(pl.col("id").cast(pl.String).cast(pl.Int64), **absent).sort("id")
    except pl.exceptions.PolarsError:
        raise UserError(f"{path}: the column id must hold whole numbers from 0") from None
    if len(table) != count or table["id"].to_list() != list(range(count)):  # the count may be huge
        raise UserError(f"{path}: the column id must hold 0 to {count - 1}, each once; it has {len(table)} rows")
    try:
        if any(table.schema[column].is_nested() for column in TEXT_COLUMNS):
            raise pl.exceptions.InvalidOperationError
        return table.select("id", pl.col(TEXT_COLUMNS).cast(pl.String).fill_null(""))
    except pl.exceptions.PolarsError:
        raise UserError(f"{path}: the columns {', '.join(TEXT_COLUMNS)} must hold text") from None
