"""Two processes at one folder; separate openings of a lock file exclude each other within a process, too."""

import os
import threading
from pathlib import Path

import pytest

from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.common.processes.locks import EXCHANGE, claimed, exchanging, undisturbed, writing


def test_one_command_at_a_time_writes_a_folder(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(UserError, match=r"another command writes .* now"), writing(tmp_path):
        raise AssertionError("it is taken")
    with writing(tmp_path):
        pass


def test_the_next_writer_clears_what_killed_ones_left(tmp_path: Path) -> None:
    (tmp_path / ".users.parquet.elsewhere-7.partial").write_text("x")
    (tmp_path / ".encoding.partial").mkdir()
    (tmp_path / ".encoding.partial" / "users.npy").write_text("x")
    (tmp_path / "outside").write_text("kept")
    (tmp_path / ".link.partial").symlink_to(tmp_path / "outside")
    with writing(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {".lock", "outside"}
    assert (tmp_path / "outside").read_text() == "kept"


def test_a_folder_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFilesError, match="is not a folder"), writing(tmp_path / "nowhere"):
        pass
    (tmp_path / ".lock").symlink_to(tmp_path / "precious")
    with pytest.raises(UserError, match="is a link"), writing(tmp_path):
        pass
    (tmp_path / ".lock").unlink()
    (tmp_path / ".lock").mkdir()
    with pytest.raises(UserError, match="cannot be written to: Is a directory"), writing(tmp_path):
        pass


def test_what_is_being_made_is_not_made_twice(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "report"
    with claimed(place), pytest.raises(UserError, match=r"another command writes .*report now"), claimed(place):
        raise AssertionError("it is taken")
    with claimed(place):
        pass
    assert list(place.parent.iterdir()) == []


def test_readers_see_files_before_or_after_an_exchange(tmp_path: Path) -> None:
    files, seen, done = [tmp_path / "one", tmp_path / "two"], [], threading.Event()

    def put(text: str) -> None:
        with exchanging(tmp_path):
            for file in files:
                file.write_text(text)

    def read() -> list[str]:
        return [file.read_text() for file in files]

    def look() -> None:
        while not done.is_set():
            seen.append(undisturbed(tmp_path, read))

    put("0")
    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        put(str(number))
    done.set()
    reader.join()
    assert seen and all(len(set(texts)) == 1 for texts in seen)


def test_who_reads_while_the_first_exchange_begins_reads_again(tmp_path: Path) -> None:
    attempts = []

    def read() -> int:
        attempts.append(1)
        if len(attempts) == 1:
            with exchanging(tmp_path):
                pass
            raise UserError("a file is not the one that was described")
        return len(attempts)

    assert undisturbed(tmp_path, read) == 2


def test_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    assert undisturbed(tmp_path, lambda: "content") == "content"
    assert list(tmp_path.iterdir()) == []


def test_an_exchange_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / EXCHANGE).symlink_to(tmp_path / "precious")
    with pytest.raises(UserError, match="is a link"), exchanging(tmp_path):
        pass
    with pytest.raises(UserError, match="is a link"):
        undisturbed(tmp_path, lambda: "content")
    assert not (tmp_path / "precious").exists()


def test_a_folder_whose_lock_may_not_be_read_is_read_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / EXCHANGE).touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert undisturbed(tmp_path, lambda: "content") == "content"
    with pytest.raises(UserError, match="damaged"):
        undisturbed(tmp_path, refuse)


def refuse() -> str:
    raise UserError("damaged")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no such place")
def test_a_place_that_cannot_hold_a_file_is_told_from_one_that_another_writes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^/proc cannot be written to: "), claimed(Path("/proc/lists.csv")):
        pass
    with (
        claimed(tmp_path / "lists.csv"),
        pytest.raises(UserError, match=r"another command writes .*lists\.csv now"),
        claimed(tmp_path / "lists.csv"),
    ):
        pass
    assert not [*tmp_path.iterdir()]
