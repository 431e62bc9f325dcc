"""The layout in which XRec and related repositories publish subsets with profiles."""

import json
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array, load_npz

from rlmrec.data.dataset import Dataset
from rlmrec.errors import MissingFilesError

FILES = ("sub_trn.npz", "sub_val.npz", "sub_tst.npz", "sub_users.jsonl", "sub_items.jsonl")


def read_xrec(root: str, name: str, description: str) -> Dataset:
    """Split matrices (``sub_{trn,val,tst}.npz``) with a profile for every user and item (JSON lines, in id order).

    Args:
        root: folder with the five files.
        name: of the dataset.
        description: one sentence on where it comes from.

    Raises:
        MissingFilesError: names the files that are not there.
    """
    folder = Path(root)
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise MissingFilesError(f"{folder} lacks {', '.join(missing)}: set source.root to the folder that holds them")
    train, val, test = (csr_array(load_npz(folder / file)).astype(np.float32) for file in FILES[:3])
    return Dataset(
        name,
        train,
        val,
        test,
        users=_entities(folder / "sub_users.jsonl", "uid"),
        items=_entities(folder / "sub_items.jsonl", "iid"),
        user_embeddings=None,
        item_embeddings=None,
        description=description,
        missing_embeddings="",
    )


def _entities(path: Path, key: str) -> pl.DataFrame:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    columns = {"external_id": key, "title": "title", "profile": "profile"}
    table = pl.DataFrame({column: [str(row.get(field, "")) for row in rows] for column, field in columns.items()})
    return table.select(pl.int_range(pl.len()).alias("id"), "external_id", "title", "profile")
