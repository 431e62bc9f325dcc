"""Further records of a run in W&B: recommendations by title, and the files that it was trained on."""

import re
from math import ceil
from pathlib import Path

import polars as pl
import wandb

from rlmrec.common.tables import scan_parquet
from rlmrec.data.dataset import Dataset


def recommendations_table(file: Path, dataset: Dataset, num_users: int) -> wandb.Table | None:
    """Return the first recommendations of some users, evenly spread over all, by title; None if there are none.

    Args:
        file: path of ``recommendations.parquet`` with the columns user, rank, item, score and hit.
        dataset: dataset with the titles; external ids replace empty ones.
        num_users: largest number of users shown.
    """
    if not file.is_file() or not num_users:
        return None
    found = scan_parquet(file).with_columns(pl.col("user", "item").cast(pl.Int64))
    users = found.select(pl.col("user").unique().sort()).collect()["user"]
    if users.is_empty():
        return None
    shown = users.gather_every(ceil(len(users) / num_users))
    rows = (
        found.filter(pl.col("user").is_in(shown.implode()))
        .join(_titles(dataset.users, "user"), on="user", how="left")
        .join(_titles(dataset.items, "item"), on="item", how="left")
        .sort("user", "rank")
        .select("user", "user title", "rank", "item title", "score", "hit")
        .collect()
    )
    return wandb.Table(columns=[*rows.columns], data=[list(row) for row in rows.iter_rows()])


def _titles(entities: pl.DataFrame, kind: str) -> pl.LazyFrame:
    title = pl.col("title") if "title" in entities.columns else pl.lit("")
    shown = pl.when(title == "").then(pl.col("external_id")).otherwise(title)
    return entities.lazy().select(pl.col("id").cast(pl.Int64).alias(kind), shown.alias(f"{kind} title"))


def artifacts(dataset: Dataset, embeddings_used: bool) -> list[wandb.Artifact]:
    """Return the dataset, and its profile embeddings if used, by reference: W&B receives checksums, not data."""
    sizes = {"num_users": dataset.num_users, "num_items": dataset.num_items}
    described = sizes | {"interactions": dataset.train.nnz, "sha256": dataset.fingerprint()}
    made = [_artifact(f"dataset-{dataset.name}", "dataset", described, dataset.files)]
    if embeddings_used:
        info = dataset.embeddings_info
        made.append(_artifact(f"embeddings-{dataset.name}", "embeddings", info, dataset.embedding_files))
    return made


def _artifact(name: str, kind: str, metadata: dict[str, object], files: tuple[Path, ...]) -> wandb.Artifact:
    # W&B accepts no other characters in a name.
    artifact = wandb.Artifact(re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-"), kind, metadata=metadata)
    for file in files:
        artifact.add_reference(file.resolve().as_uri(), name=file.name)
    return artifact
