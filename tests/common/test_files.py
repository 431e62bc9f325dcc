"""Files and folders that appear whole or not at all."""

import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rlmrec.common.errors import UserError
from rlmrec.common.files import atomic_file, atomic_write, new_folder, scratch_folder
from rlmrec.common.processes.leftovers import HOST

ENDS = [ValueError, KeyboardInterrupt, SystemExit]
"""An error, and ends that are none."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_atomic_write_replaces_the_whole_content(tmp_path: Path) -> None:
    atomic_write(tmp_path / "file", "a long first content\n")
    atomic_write(tmp_path / "file", "ë\n")
    assert (tmp_path / "file").read_bytes() == b"\xc3\xab\n"
    atomic_write(tmp_path / "file", b"\xff\x00\r\n", durable=True)
    assert (tmp_path / "file").read_bytes() == b"\xff\x00\r\n"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("end", ENDS)
def test_an_interrupted_write_leaves_the_old_content(
    end: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    atomic_write(tmp_path / "file", "old")
    write_bytes = Path.write_bytes

    def half(path: Path, content: bytes) -> int:
        write_bytes(path, content[: len(content) // 2])
        raise end

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(end):
        atomic_write(tmp_path / "file", "new and longer")
    assert (tmp_path / "file").read_text() == "old"
    with pytest.raises(end):
        atomic_write(tmp_path / "another", "new")
    assert names(tmp_path) == ["file"], "no partial file is left"


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_replaces_another_at_the_end_of_the_block(durable: bool, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("old")
    with atomic_file(tmp_path / "table.csv", durable) as partial:
        assert partial.parent == tmp_path, "where a rename is atomic"
        partial.write_text("new")
        assert (tmp_path / "table.csv").read_text() == "old"
    assert (tmp_path / "table.csv").read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("write", [lambda partial: None, lambda partial: partial.write_text("half")])
def test_a_block_that_fails_leaves_the_old_file(
    write: Callable[[Path], object], end: type[BaseException], tmp_path: Path
) -> None:
    (tmp_path / "table.csv").write_text("old")
    with pytest.raises(end), atomic_file(tmp_path / "table.csv") as partial:
        write(partial)
        raise end
    assert (tmp_path / "table.csv").read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("durable", [False, True])
def test_a_block_that_writes_nothing_fails(durable: bool, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("old")
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "table.csv", durable):
        pass
    assert (tmp_path / "table.csv").read_text() == "old"


def test_only_a_durable_file_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda _: waited.append((tmp_path / "paid for").exists()))
    atomic_write(tmp_path / "cheap", "x")
    assert not waited
    atomic_write(tmp_path / "paid for", "x", durable=True)
    assert waited == [False], "once, before the file takes its place"


def test_a_folder_appears_at_the_end_of_the_block(tmp_path: Path) -> None:
    with new_folder(str(tmp_path / "deep" / "data")) as folder:
        (folder / "file").write_text("content")
        (folder / "inner").mkdir()
        assert not (tmp_path / "deep" / "data").exists()
        assert folder.parent == tmp_path / "deep"
    assert names(tmp_path / "deep") == ["data"]
    assert names(tmp_path / "deep" / "data") == ["file", "inner"]


@pytest.mark.parametrize("end", ENDS)
def test_a_folder_whose_block_fails_does_not_appear(end: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(end), new_folder(tmp_path / "data") as folder:
        (folder / "file").write_text("content")
        raise end
    assert names(tmp_path) == []


@pytest.mark.parametrize("kind", ["empty folder", "folder", "file"])
def test_what_is_there_already_is_never_replaced(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "data"
    if kind == "file":
        place.write_text("content")
    else:
        place.mkdir()
    if kind == "folder":
        (place / "file").write_text("content")
    before = [(path, path.is_file() and path.read_text()) for path in sorted(tmp_path.rglob("*"))]
    with pytest.raises(UserError, match="data exists already"), new_folder(place):
        raise AssertionError("the block is not reached")
    assert [(path, path.is_file() and path.read_text()) for path in sorted(tmp_path.rglob("*"))] == before


def test_a_folder_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="data exists already"), new_folder(tmp_path / "data") as folder:
        (folder / "file").write_text("ours")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "file").write_text("theirs")
    assert (tmp_path / "data" / "file").read_text() == "theirs"
    assert names(tmp_path) == ["data"]


def test_the_next_write_clears_what_a_killed_process_left(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead, alive, elsewhere = (
        f".file.{host}-{number}.partial"
        for host, number in ((HOST, gone.pid), (HOST, os.getppid()), ("another_machine", gone.pid))
    )
    for name in (dead, alive, elsewhere, ".other.1.partial"):
        (tmp_path / name).write_text("half")
    atomic_write(tmp_path / "file", "content")
    assert names(tmp_path) == sorted(["file", alive, elsewhere, ".other.1.partial"])


def test_a_new_folder_clears_what_a_killed_process_left(tmp_path: Path) -> None:
    (tmp_path / ".data.partial").mkdir()
    (tmp_path / ".data.partial" / "half").write_text("x")
    with new_folder(tmp_path / "data") as folder:
        assert names(folder) == []
    assert names(tmp_path) == ["data"]


def test_a_full_disk_is_told_whatever_the_library_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"), atomic_file(tmp_path / "file"):
        raise RuntimeError("PytorchStreamWriter failed writing file")
    monkeypatch.undo()
    with pytest.raises(RuntimeError, match="PytorchStreamWriter"), atomic_file(tmp_path / "file"):
        raise RuntimeError("PytorchStreamWriter failed writing file")
    assert names(tmp_path) == []


def test_a_scratch_folder_is_empty_and_goes_away(tmp_path: Path) -> None:
    place = tmp_path / "deep" / ".staging"
    place.mkdir(parents=True)
    (place / "left by a killed process").write_text("x")
    with scratch_folder(place) as folder:
        assert folder == place and names(folder) == []
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("x")
    assert names(tmp_path / "deep") == []


@pytest.mark.parametrize("end", ENDS)
def test_a_scratch_folder_goes_away_when_the_block_fails(end: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(end), scratch_folder(tmp_path / ".staging") as folder:
        (folder / "file").write_text("x")
        raise end
    assert names(tmp_path) == []


def test_a_scratch_folder_may_be_gone_at_the_end(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / ".staging") as folder:
        folder.rename(tmp_path / "kept")
    assert names(tmp_path) == ["kept"]
