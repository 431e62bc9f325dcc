"""A small dataset whose interactions carry reviews, each naming its own split."""

from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from rlmrec.common.files import new_folder
from rlmrec.data import interaction_log
from rlmrec.data.dataset import Dataset
from rlmrec.data.writing import write_contents

GENRES = ("fantasy", "crime", "history", "poetry")


def write(
    path: Path, num_users: int = 12, num_items: int = 8, seed: int = 0, idle_users: int = 0, alike: bool = False
) -> Path:
    """Write it as a dataset folder; every review says of which user, item and split it is; idle users chose nothing."""
    random = np.random.default_rng(seed)
    split = random.choice(4, p=(0.5, 0.25, 0.1, 0.15), size=(num_users, num_items))  # 0 is no interaction
    split[:, 0] = 1
    split = np.vstack([split, np.zeros((idle_users, num_items), dtype=split.dtype)])
    split[0, :4] = (1, 1, 2, 3)  # so that no split is empty
    matrices = [csr_array((split == part).astype(np.float32)) for part in (1, 2, 3)]
    log = interaction_log.from_matrices(dict(zip(("train", "val", "test"), matrices, strict=True)))
    review = pl.format("review of user {} on item {} in {}", "user", "item", "split")
    log = log.with_columns(review=review, rating=pl.lit(4, pl.Float32))
    items = _table("item", num_items)
    if alike:
        items = items.with_columns(title=pl.lit("one of many"), metadata=pl.lit(""))
    dataset = Dataset(
        "reviewed",
        *matrices,
        users=_table("user", num_users + idle_users).with_columns(metadata=pl.lit("")),
        items=items,
        user_embeddings=None,
        item_embeddings=None,
        description="made up for tests",
        missing_embeddings="",
    )
    with new_folder(path) as folder:
        log.write_parquet(folder / interaction_log.FILE)
        write_contents(dataset, folder, source="tests", allow_empty_training_rows=True)
    return path


def _table(kind: str, count: int) -> pl.DataFrame:
    names = [f"{kind} {number}" for number in range(count)]
    metadata = [
        f"author: writer {number % 3}\ngenres: {GENRES[number % 4]}, novels\nyear: {1810 + 20 * number}\n"
        for number in range(count)
    ]
    return pl.DataFrame(
        {"id": range(count), "external_id": names, "title": names, "metadata": metadata, "profile": [""] * count}
    )
