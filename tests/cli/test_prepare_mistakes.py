"""Sources that cannot be prepared and folders that cannot be encoded."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rlmrec.cli import encode_text
from rlmrec.data.folder import FolderDataset
from tiny import command
from xrec_source import prepare, read_lines, write_lines, write_source


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "published")


def remove(source: Path) -> None:
    (source / "sub_val.npz").unlink()
    (source / "sub_items.jsonl").unlink()


def drop_a_user(source: Path) -> None:
    write_lines(source / "sub_users.jsonl", read_lines(source / "sub_users.jsonl")[:-1])


def turn_round(source: Path) -> None:
    write_lines(source / "sub_users.jsonl", read_lines(source / "sub_users.jsonl")[::-1])


def cut_off(source: Path) -> None:
    whole = (source / "sub_items.jsonl").read_text(encoding="utf-8")
    (source / "sub_items.jsonl").write_text(whole[:-20], encoding="utf-8")


def overlap(source: Path) -> None:
    shutil.copy(source / "sub_val.npz", source / "sub_tst.npz")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (remove, ["lacks sub_val.npz, sub_items.jsonl", "source.root"]),
        (drop_a_user, ["11 rows in the table of users", "12 users"]),
        (turn_round, ["sub_users.jsonl", "order"]),
        (cut_off, ["sub_items.jsonl"]),
        (overlap, ["both val and test"]),
    ],
)
def test_a_damaged_source_is_named_and_nothing_written(
    damage: Callable[[Path], None], says: list[str], source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(source)
    assert prepare(source, tmp_path / "data") == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert len(printed.splitlines()) == 1
    for words in says:
        assert words in printed
    assert not (tmp_path / "data").exists()


def test_users_without_training_interactions_are_refused_unless_allowed(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(source, tmp_path / "data", "allow_empty_training_rows=false") == 1
    assert "1 users have no training interaction, such as user 5" in capsys.readouterr().err
    assert prepare(source, tmp_path / "data") == 0


def test_a_folder_is_never_written_over(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare(source, tmp_path / "data") == 0
    before = (tmp_path / "data" / "manifest.json").read_bytes()
    assert prepare(source, tmp_path / "data", "source.name=other") == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "data" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["folder=nowhere"], "nowhere is not a folder"),
        (["encoder.min_documents=1000"], "encoder.min_documents"),
        (["encoder=transformer", "encoder.model=empty"], "encoder.model=empty"),
    ],
)
def test_what_cannot_be_encoded(
    arguments: list[str],
    says: str,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert prepare(source, tmp_path / "data") == 0
    capsys.readouterr()
    assert command(encode_text, f"folder={tmp_path / 'data'}", *arguments) == 1
    printed = capsys.readouterr().err
    assert says in printed.splitlines()[-1]
    assert FolderDataset(str(tmp_path / "data")).load().user_embeddings is None
