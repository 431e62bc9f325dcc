"""External ids in lists and files."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest

import tiny
from rlmrec.common.errors import UserError
from rlmrec.common.tables import csv_text
from rlmrec.data.external_ids import known_numbers, numbers, read_histories, read_ids, read_profiles


def test_numbers_in_the_order_of_the_ids() -> None:
    users = tiny.dataset().users
    assert numbers(users, ["user-5", "x", "user-5", "user-0"]).tolist() == [5, -1, 5, 0]
    with pytest.raises(UserError, match="'a', 'b', 'c', 'd', 'e' and 2 more"):
        known_numbers(users, list("abcdefg"), "user")
    with pytest.raises(UserError, match=r"given as a list: \['user-5'\]"):
        known_numbers(users, "user-5", "user")


def test_users_without_an_external_id_have_no_number() -> None:
    users = tiny.dataset().users.with_columns(external_id=pl.lit(""))
    assert numbers(users, ["", "user-5", ""]).tolist() == [-1, -1, -1]


@pytest.mark.parametrize("column", ["external_id", "user", "user_id", "id"])
def test_the_column_is_found_by_its_name(column: str, tmp_path: Path) -> None:
    table = pl.DataFrame({"age": [1, 2], column: ["007", "b"]})
    table.write_csv(tmp_path / "users.csv")
    table.write_parquet(tmp_path / "users.parquet")
    assert read_ids(tmp_path / "users.csv", "user") == read_ids(tmp_path / "users.parquet", "user") == ["007", "b"]


def test_files_without_ids(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("1\n02\n")
    with pytest.raises(UserError, match=r"one\.csv: its first line '1' would be the name of its column: write item"):
        read_ids(tmp_path / "one.csv", "item")
    for name in ("asin", "ID", "User_ID", "business_id", "item name"):
        (tmp_path / "one.csv").write_text(f"{name}\nx\n")
        assert read_ids(tmp_path / "one.csv", "item") == ["x"]
    pl.DataFrame({"anything": ["x"]}).write_parquet(tmp_path / "one.parquet")
    assert read_ids(tmp_path / "one.parquet", "item") == ["x"]
    (tmp_path / "two.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="it has the columns a, b; call that of items external_id"):
        read_ids(tmp_path / "two.csv", "item")
    (tmp_path / "gap.csv").write_text("item,b\n1,2\n,3\n")
    with pytest.raises(UserError, match="1 rows have no item"):
        read_ids(tmp_path / "gap.csv", "item")
    with pytest.raises(UserError, match="is no file"):
        read_ids(tmp_path / "absent.csv", "item")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(UserError, match=r"bad\.parquet"):
        read_ids(tmp_path / "bad.parquet", "item")


def test_histories_by_user_in_the_order_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "clicks.csv").write_text("item_id,user_id,time\nb,u2,1\na,u1,2\nc,u2,3\n")
    assert read_histories(tmp_path / "clicks.csv") == {"u2": ["b", "c"], "u1": ["a"]}
    (tmp_path / "other.csv").write_text("external_id,item\na,b\n")
    with pytest.raises(UserError, match="call that of users user"):
        read_histories(tmp_path / "other.csv")


def test_ids_come_back_from_the_lists_that_are_written(tmp_path: Path) -> None:
    ids = ["-a", "=b", "'c", "-5", "d"]
    (tmp_path / "lists.csv").write_text(csv_text(pl.DataFrame({"user": ids})))
    assert read_ids(tmp_path / "lists.csv", "user") == ids


def test_an_id_that_the_dataset_has_twice_names_nobody() -> None:
    entities = pl.DataFrame({"id": [0, 1, 2], "external_id": ["a", "b", "a"]})
    assert numbers(entities, ["b"]).tolist() == [1]
    with pytest.raises(UserError, match="the external id 'a' twice"):
        numbers(entities, ["b", "a"])


def test_tables_without_a_row_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("user,item,profile\n")
    readers = (partial(read_ids, kind="user"), read_histories, partial(read_profiles, kind="user"))
    for read in readers:
        with pytest.raises(UserError, match="it has no row"):
            read(tmp_path / "empty.csv")
