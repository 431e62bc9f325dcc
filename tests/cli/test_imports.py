"""Profiles and embeddings of one's own, as a user would bring them: the commands, end to end."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import raw_files
import tiny
import vector_files
from printed_tables import cells
from rlmrec.cli import encode_text, import_embeddings, import_profiles, prepare_data, train, write_profiles
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from tiny import command, train_arguments

USERS = [f"user-{number}" for number in range(tiny.NUM_USERS)]
ITEMS = [f"item-{number}" for number in range(tiny.NUM_ITEMS)]
VECTORS = np.random.default_rng(0).standard_normal((tiny.NUM_USERS + tiny.NUM_ITEMS, 6)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path, tiny_folder_without_text: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    vector_files.npz(tmp_path / "u.npz", USERS, VECTORS[: tiny.NUM_USERS])
    vector_files.jsonl(tmp_path / "i.jsonl", ITEMS, VECTORS[tiny.NUM_USERS :])
    return shutil.copytree(tiny_folder_without_text, tmp_path / "data")


def test_vectors_from_files_to_the_line_under_the_results(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["folder=data", "users=u.npz", "items=i.jsonl", "origin=our encoder 2"]
    assert command(import_embeddings, *arguments) == 0
    printed = capsys.readouterr().out
    assert ["users", "60", "0", "0", "0", "our encoder 2"] in cells(printed)
    assert ["items", "40", "0", "0", "0", "our encoder 2"] in cells(printed)
    assert "next: python src/train.py dataset=folder dataset.root=data align=contrastive" in printed
    assert command(prepare_data, "check=data") == 0
    assert "data: no problems" in capsys.readouterr().out
    assert command(train, *train_arguments(folder, tmp_path / "run", "align=generative")) == 0
    text = Manifest.read(folder).embeddings["text_sha256"][:8]
    printed = capsys.readouterr().out
    assert f"text: our encoder 2 (imported, users and items), 6 x float32, profiles {text}\n" in printed
    logged = json.loads((tmp_path / "run" / "metrics.json").read_text())["embeddings"]
    assert logged["imported"]["items"]["files"][0]["name"] == "i.jsonl"


def test_one_kind_alone_is_trained_on_and_it_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(import_embeddings, "folder=data", "items=i.jsonl") == 0
    printed = capsys.readouterr().out
    assert "users have no embeddings: alignments will leave them out, unless python src/import_embeddings.py" in printed
    assert command(train, *train_arguments(folder, tmp_path / "run", "align=contrastive")) == 0
    printed = capsys.readouterr()
    assert "users have no profile embeddings: Contrastive reads those of items alone" in printed.out + printed.err
    assert "text: i.jsonl (imported, items), items only, 6 x float32" in printed.out


def test_profiles_from_tables_to_vectors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [{"id": name, "profile": f"{name} likes tea {number % 7}"} for number, name in enumerate(USERS + ITEMS)]
    raw_files.write(Path("u.csv"), texts[: len(USERS)])
    raw_files.write(Path("i.parquet"), [*texts[len(USERS) + 1 :], {"id": "book-7", "profile": "x"}])
    arguments = ["folder=data", "users=u.csv", "items=i.parquet", "missing=allow", "replace=true"]
    assert command(import_profiles, *arguments) == 0
    printed = capsys.readouterr().out
    assert ["users", "60", "0", "0", "0", "u.csv"] in cells(printed)
    assert ["items", "39", "1", "1", "1", "i.parquet"] in cells(printed)
    assert "1 ids are of no items in the folder, such as 'book-7'" in printed
    assert "next: python src/encode_text.py folder=data" in printed
    assert command(write_profiles, "folder=data") == 1
    assert "the profiles of users and items in data were imported (u.csv): replace=true" in capsys.readouterr().err
    assert command(encode_text, "folder=data", "encoder.dim=4", "encoder.min_documents=1") == 0
    assert command(prepare_data, "check=data") == 0
    dataset = FolderDataset("data").load()
    assert dataset.users["profile"][3] == "user-3 likes tea 3" and dataset.kinds_without_embeddings == []
    assert command(import_embeddings, "folder=data", "users=u.npz") == 1
    assert "data has embeddings of users already: replace=true" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "arguments", "says"),
    [
        (import_embeddings, ["users=u.npz", "dtype=int8"], "dtype='int8': input should be 'float32' or 'float16'"),
        (import_embeddings, ["users=u.npz", "missing=mean"], "missing='mean': input should be 'refuse' or 'allow'"),
        (import_profiles, ["users=u.npz", "match=title"], "match='title': input should be 'external_id' or 'id'"),
        (import_profiles, ["users=u.npz", "replace=true"], "error: u.npz is a zip archive"),
        (import_profiles, [], "error: name a file: users=..., items=..., or both"),
        (import_embeddings, ["folder=nowhere", "users=u.npz"], "error: nowhere is not a folder"),
    ],
)
def test_mistakes(
    script: Any, arguments: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(script, *(["folder=data"] if "folder=nowhere" not in arguments else []), *arguments) == 1
    printed = capsys.readouterr().err
    assert says in printed
    assert len([line for line in printed.splitlines() if line.startswith("error")]) == 1
    assert "Traceback" not in printed and "source." not in printed


def visits(path: Path) -> None:
    rows = [{"guest": f"g{n % 12}", "place": f"p{n % 7}", "stars": n % 5 + 1} for n in range(84)]
    pl.DataFrame(rows).write_csv(path)


@pytest.mark.parametrize(
    ("given", "command_name", "remark"),
    [
        ((), "write_profiles", ""),
        (("users",), "encode_text", "items have no profiles: alignments will leave them out"),
        (("items",), "encode_text", "users have no profiles: alignments will leave them out"),
        (("users", "items"), "encode_text", ""),
    ],
)
def test_profiles_on_the_way_in(
    given: tuple[str, ...],
    command_name: str,
    remark: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    visits(Path("visits.csv"))
    for kind, count, column in (("users", 12, "guest"), ("items", 7, "place")):
        texts = [f"{kind} like tea {n}" if kind in given else "" for n in range(count)]
        table = pl.DataFrame({column: [f"{column[0]}{n}" for n in range(count)], "words": texts})
        table.write_csv(f"{kind}.csv")
    arguments = [
        *("source.interactions=visits.csv", "source.users=users.csv", "source.items=items.csv", "out=data"),
        *("source.columns.user=guest", "source.columns.item=place", "source.columns.rating=stars"),
        *("source.user_columns.profile=words", "source.item_columns.profile=words"),
        *("filters.core.users=1", "filters.core.items=1"),
    ]
    assert command(prepare_data, *arguments) == 0
    printed = capsys.readouterr().out
    assert f"next: python src/{command_name}.py folder=data\n" in printed
    assert remark in printed
    assert ("alignments will leave them out" in printed) == bool(remark)
    told = Manifest.read(Path("data")).profiles
    assert sorted(told.get("imported", {})) == sorted(given)
    for kind in given:
        about = told["imported"][kind]
        assert about["origin"] == f"column words of {kind}.csv"
        assert about["files"][0]["name"] == f"{kind}.csv" and about["files"][0]["bytes"] > 0
        assert (about["rows"], about["empty"]) == ({"users": 12, "items": 7}[kind], 0)
    if given:
        assert command(encode_text, "folder=data", "encoder.dim=2", "encoder.min_documents=1") == 0
        assert FolderDataset("data").load().kinds_without_embeddings == [
            kind for kind in ("users", "items") if kind not in given
        ]
        assert command(prepare_data, "check=data") == 0
