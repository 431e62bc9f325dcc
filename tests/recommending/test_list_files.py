"""Lists of many users as a file."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from rlmrec.common.errors import UserError
from rlmrec.recommending.writing import check_new_file, write_parts


def tables(first: int, last: int = 5, fall_at: int | None = None) -> Iterator[pl.DataFrame]:
    for number in range(first, last):
        if number == fall_at:
            raise KeyboardInterrupt
        yield pl.DataFrame({"user": [f"=u{number}"], "rank": [number]})


@pytest.mark.parametrize("name", ["lists.parquet", "lists.csv"])
def test_a_killed_command_goes_on_where_it_was(name: str, tmp_path: Path) -> None:
    path, asked_for = tmp_path / name, []
    with pytest.raises(KeyboardInterrupt):
        write_parts(path, {"k": 1}, lambda done: tables(done, fall_at=3))
    assert not path.exists()

    def rest(done: int) -> Iterator[pl.DataFrame]:
        asked_for.append(done)
        return tables(done)

    assert write_parts(path, {"k": 1}, rest) == 5
    assert asked_for == [3]
    found = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    assert found["rank"].to_list() == [0, 1, 2, 3, 4]
    assert [path.name] == [file.name for file in tmp_path.iterdir()]


def test_parts_of_another_request_are_made_again(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_parts(tmp_path / "lists.csv", {"k": 1}, lambda done: tables(done, fall_at=3))
    asked_for = []
    write_parts(tmp_path / "lists.csv", {"k": 2}, lambda done: asked_for.append(done) or tables(done))
    assert asked_for == [0]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_only_has_the_name_of_parts_is_never_removed(kind: str, tmp_path: Path) -> None:
    place, mine = tmp_path / ".lists.csv.parts", tmp_path / "mine"
    mine.mkdir()
    (mine / "precious").touch()
    if kind == "folder":
        mine.rename(place)
    elif kind == "file":
        place.touch()
    else:
        place.symlink_to(mine)
    with pytest.raises(UserError, match=r"\.lists\.csv\.parts is in the way of the file's parts"):
        write_parts(tmp_path / "lists.csv", {"k": 1}, tables)
    assert place.exists() and (kind == "file" or (place / "precious").is_file())


def test_a_folder_of_parts_that_was_just_begun_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".lists.csv.parts").mkdir()
    (tmp_path / ".lists.csv.parts" / ".asked.json.host-7.partial").touch()
    assert write_parts(tmp_path / "lists.csv", {"k": 1}, tables) == 5


def test_csv_runs_no_formula_and_has_one_header(tmp_path: Path) -> None:
    write_parts(tmp_path / "lists.csv", {}, lambda done: tables(done, last=2))
    assert (tmp_path / "lists.csv").read_text() == "user,rank\n'=u0,0\n'=u1,1\n"


def test_a_file_that_exists_is_never_written(tmp_path: Path) -> None:
    (tmp_path / "lists.csv").touch()
    with pytest.raises(UserError, match="exists already"):
        check_new_file(tmp_path / "lists.csv")
    with pytest.raises(UserError, match=r"must end in \.parquet or \.csv"):
        check_new_file(tmp_path / "lists.txt")
