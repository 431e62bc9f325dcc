"""Profiles that were written before, by hand or by a model on a bad day."""

import json
from pathlib import Path

import polars as pl
import pytest

import reviewed
from chat_server import serve
from profile_writing import KEY, arguments, records, subject
from rlmrec.cli import encode_text, write_profiles
from rlmrec.common.errors import UserError
from rlmrec.data.folder import FolderDataset
from tiny import command

ENCODER = ("encoder.dim=4", "encoder.min_documents=1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return reviewed.write(tmp_path / "data")


def test_half_a_surrogate_pair_is_stored(folder: Path) -> None:
    with serve(lambda prompt, number: "surrogate") as server:
        assert command(write_profiles, *arguments(folder, server)) == 0
        asked = server.seen.total()
        assert command(write_profiles, *arguments(folder, server)) == 0
        assert server.seen.total() == asked, "nothing is asked again"
    assert "?" in FolderDataset(str(folder)).load().items["profile"][0]


def test_an_answer_is_kept_though_its_repair_fails(folder: Path) -> None:
    def plan(prompt: str, number: int) -> str:
        if subject(prompt) != "item 2":
            return "answer"
        return "prose" if len(json.loads(prompt)) == 2 else "error"

    with serve(plan) as server:
        assert command(write_profiles, *arguments(folder, server)) == 1
        paid = server.paid.total()
        spent = [record for record in records(folder) if record["id"] == 2 and record["kind"] == "item"]
        assert not spent[-1].get("voids")
        assert command(write_profiles, *arguments(folder, server)) == 1
        assert server.paid.total() == paid, "the first answer is not paid for again"


def test_nobody_there_ends_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("llm.base_url=http://127.0.0.1:9/v1", "llm.first_delay=0", "llm.attempts=1", "concurrency=2")
    assert command(write_profiles, f"folder={folder}", "llm=openai", *options) == 1
    assert "requests all failed" in capsys.readouterr().err


def test_the_same_profiles_keep_their_embeddings(folder: Path) -> None:
    assert command(write_profiles, f"folder={folder}") == 0
    assert command(encode_text, f"folder={folder}", *ENCODER) == 0
    assert command(write_profiles, f"folder={folder}") == 0
    assert FolderDataset(str(folder)).load().user_embeddings is not None
    assert command(write_profiles, f"folder={folder}", "sampling.user_items=1") == 0
    assert FolderDataset(str(folder)).load().user_embeddings is None


def test_texts_of_ones_own_are_encoded(folder: Path) -> None:
    for name in ("users", "items"):
        table = pl.read_parquet(folder / f"{name}.parquet")
        table.with_columns(profile=pl.format("likes number {} and tea", "id")).write_parquet(folder / f"{name}.parquet")
    assert command(encode_text, f"folder={folder}", *ENCODER) == 0
    dataset = FolderDataset(str(folder)).load()
    assert dataset.users["profile"][3] == "likes number 3 and tea"
    assert dataset.user_embeddings is not None


def test_tables_in_csv_become_parquet_with_all_their_columns(folder: Path) -> None:
    for name in ("users", "items"):
        table = pl.read_parquet(folder / f"{name}.parquet")
        table.reverse().with_columns(shelf=pl.col("id") + 100).write_csv(folder / f"{name}.csv")
        with pytest.raises(UserError, match=f"both {name}.parquet and {name}.csv"):
            FolderDataset(str(folder), verify_checksums=False).load()
        (folder / f"{name}.parquet").unlink()
    manifest = folder / "manifest.json"
    manifest.write_text(
        '{"format_version": 1, "name": "mine", "num_users": 12, "num_items": 8, "allow_empty_training_rows": true}'
    )
    assert command(write_profiles, f"folder={folder}") == 0
    assert not (folder / "items.csv").exists()
    table = pl.read_parquet(folder / "items.parquet")
    assert table["shelf"].to_list() == [str(number) for number in range(100, 108)]
    assert (FolderDataset(str(folder)).load().items["profile"] != "").all()
