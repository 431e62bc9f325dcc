"""The layout in which XRec and related repositories publish subsets with profiles."""

import json
from pathlib import Path

import polars as pl

from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import load_matrix
from rlmrec.errors import MissingFilesError, UserError

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
    train, val, test = (load_matrix(folder / file) for file in FILES[:3])
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
    try:
        with path.open(encoding="utf-8", newline="\n") as file:  # other line ends may stand in a text
            rows = [json.loads(line) for line in file]
    except ValueError as error:
        raise UserError(f"{path} is no file of JSON lines: {error}") from None
    columns = {"external_id": key, "title": "title", "profile": "profile"}
    table = pl.DataFrame(
        {
            column: ["" if row.get(field) is None else str(row[field]) for row in rows]
            for column, field in columns.items()
        }
    )
    return table.select(pl.int_range(pl.len()).alias("id"), "external_id", "title", "profile")
