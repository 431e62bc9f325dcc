"""The layout in which XRec and related repositories publish datasets with profiles."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import load_matrix
from rlmrec.data.validation import validate
from rlmrec.formats.json_lines import read_objects
from rlmrec.preparation.sources.base import RawTable, RawTables
from rlmrec.preparation.sources.columns import EntityColumns
from rlmrec.preparation.sources.table import TableSource

MATRICES = ("sub_trn.npz", "sub_val.npz", "sub_tst.npz")
FILES = (*MATRICES, "sub_users.jsonl", "sub_items.jsonl")


@dataclass(frozen=True)
class XRecSource:
    """Split matrices (``sub_{trn,val,tst}.npz``) with a profile for every user and item (JSON lines, in id order).

    Args:
        root: folder with the five files.
        name: name of the dataset.
        description: one sentence on the origin of the data.
    """

    root: str
    name: str
    description: str

    def load(self) -> Dataset:
        """Return the dataset.

        Raises:
            UserError: if files are missing or invalid; names them.
        """
        folder = Path(self.root)
        missing = [file for file in FILES if not (folder / file).is_file()]
        if missing:
            raise MissingFilesError(
                f"{folder} lacks {', '.join(missing)}: set source.root to the folder that holds them"
            )
        train, val, test = (load_matrix(folder / file) for file in MATRICES)
        return Dataset(
            self.name,
            train,
            val,
            test,
            users=_entities(folder / "sub_users.jsonl", "uid"),
            items=_entities(folder / "sub_items.jsonl", "iid"),
            user_embeddings=None,
            item_embeddings=None,
            description=self.description,
        )

    def tables(self, staging: Path) -> RawTables:
        """Return all interactions and texts, to be split differently.

        Args:
            staging: empty folder for the tables.
        """
        dataset = self.load()
        validate(dataset, allow_empty_training_rows=True)
        known = csr_array(dataset.train + dataset.val + dataset.test).tocoo()
        users, items = dataset.users["external_id"], dataset.items["external_id"]
        pairs = {"user": users.gather(known.row), "item": items.gather(known.col)}
        pl.DataFrame(pairs).write_parquet(staging / "pairs.parquet")
        dataset.users.write_parquet(staging / "people.parquet")
        dataset.items.write_parquet(staging / "things.parquet")
        texts: EntityColumns = {"id": "external_id", "title": "title", "metadata": [], "profile": "profile"}
        tables = TableSource(
            self.name,
            self.description,
            root=str(staging),
            interactions="pairs.parquet",
            users="people.parquet",
            items="things.parquet",
            formats=dict.fromkeys(("interactions", "users", "items"), "parquet"),
            columns={"user": "user", "item": "item", "rating": None, "timestamp": None, "review": None},
            user_columns=texts,
            item_columns=texts,
        ).tables(staging)
        folder = Path(self.root)
        assert tables.users is not None and tables.items is not None
        return replace(
            tables,
            interactions=RawTable([folder / file for file in MATRICES], tables.interactions.rows),
            users=RawTable([folder / FILES[-2]], tables.users.rows),
            items=RawTable([folder / FILES[-1]], tables.items.rows),
            notes=(),
        )

    def files(self) -> list[Path]:
        """Return the paths of the files that the dataset is read from."""
        return [Path(self.root, file) for file in FILES]


def _entities(path: Path, key: str) -> pl.DataFrame:
    rows = list(read_objects(path))
    misplaced = [number for number, row in enumerate(rows) if row.get(key) != number]
    if misplaced:
        raise UserError(f"{path} must be in the order of {key}, from 0 on: line {misplaced[0] + 1} is not")
    columns = {"external_id": key, "title": "title", "profile": "profile"}
    table = pl.DataFrame({column: [_text(row.get(field)) for row in rows] for column, field in columns.items()})
    return table.select(
        pl.int_range(pl.len()).alias("id"), "external_id", "title", pl.lit("").alias("metadata"), "profile"
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
