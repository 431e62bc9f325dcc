import base64
import hashlib
from pathlib import Path

import polars as pl
import pytest

import tiny
from rlmrec.data.folder import FolderDataset
from rlmrec.training.loggers.wandb_records import artifacts, recommendations_table


def md5(path: Path) -> str:
    """As W&B writes it."""
    return base64.b64encode(hashlib.md5(path.read_bytes()).digest()).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two recommendations for each of ten users, in no order."""
    rows = [(user, rank, (user + rank) % 40, 1.0 / rank, rank == 2) for user in range(9, -1, -1) for rank in (2, 1)]
    schema = {"user": pl.UInt32, "rank": pl.Int32, "item": pl.Int32, "score": pl.Float32, "hit": pl.Boolean}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(tmp_path / "recommendations.parquet")
    return tmp_path / "recommendations.parquet"


def test_recommendations_of_a_sample_of_users_by_title(file: Path) -> None:
    table = recommendations_table(file, tiny.dataset(), num_users=3)
    assert table is not None
    assert table.columns == ["user", "user title", "rank", "item title", "score", "hit"]
    assert [row[:4] for row in table.data] == [
        [user, f"user number {user}", rank, f"item number {user + rank}"] for user in (0, 4, 8) for rank in (1, 2)
    ]
    assert [row[5] for row in table.data] == [False, True] * 3


def test_names_stand_in_for_empty_titles(file: Path) -> None:
    dataset = tiny.dataset()
    object.__setattr__(dataset, "items", dataset.items.with_columns(title=pl.lit("")))
    table = recommendations_table(file, dataset, num_users=100)
    assert table is not None
    assert len(table.data) == 20
    assert table.data[0][3] == "item-1"


def test_no_table_without_recommendations(tmp_path: Path, file: Path) -> None:
    assert recommendations_table(tmp_path / "absent.parquet", tiny.dataset(), 3) is None
    assert recommendations_table(file, tiny.dataset(), 0) is None
    pl.read_parquet(file).clear().write_parquet(tmp_path / "empty.parquet")
    assert recommendations_table(tmp_path / "empty.parquet", tiny.dataset(), 3) is None


def test_artifacts_refer_to_files_by_their_checksums(tiny_folder: Path) -> None:
    dataset = FolderDataset(str(tiny_folder)).load()
    data, embeddings = artifacts(dataset, embeddings_used=True)
    assert data.metadata["sha256"] == dataset.fingerprint()
    entries = data.manifest.entries
    assert {"manifest.json", "train.npz", "val.npz", "test.npz", "users.parquet", "items.parquet"} == set(entries)
    assert all(entry.ref.startswith("file://") and entry.local_path is None for entry in entries.values())
    assert entries["train.npz"].digest == md5(tiny_folder / "train.npz")
    assert embeddings.metadata["encoder"] == "made up"
    assert [made.name for made in artifacts(dataset, embeddings_used=False)] == ["dataset-tiny"]
    assert artifacts(dataset, embeddings_used=False)[0].digest == data.digest
