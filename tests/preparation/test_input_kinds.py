"""Ids, ratings and texts mean what they say, in every format; damaged files of users and items are refused too."""

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rlmrec.common.errors import UserError
from rlmrec.preparation.raw_counts import count_interactions
from rlmrec.preparation.sources import RecBoleSource, TableSource
from rlmrec.preparation.staging import Staged, number, stage

AUTO = {"interactions": "auto", "users": "auto", "items": "auto"}


def read(folder: Path, interactions: Any = "x.csv", formats: dict[str, str] | None = None, **options: Any) -> Staged:
    """Stage what a source without any options of columns reads."""
    files = {"users": None, "items": None} | options
    source = TableSource(
        "small",
        "made up",
        str(folder),
        interactions,
        **({"columns": "auto", "user_columns": "auto", "item_columns": "auto"} | files),
        formats=AUTO | (formats or {}),
    )
    return staged(source, folder)


def staged(source: TableSource | RecBoleSource, folder: Path) -> Staged:
    for name in ("staging", "staged"):
        (folder / name).mkdir()
    return stage(source.tables(folder / "staging"), folder / "staged")


def column(result: Staged, name: str) -> list[Any]:
    return pl.read_parquet(result.interactions)[name].to_list()


def table(path: Path, ids: list[Any], **columns: Any) -> str:
    """Write a file in which the same ids are those of users and of items; return its name."""
    rows = pl.DataFrame({"user": ids, "item": ids, **columns}, strict=False, infer_schema_length=None)
    if path.suffix == ".parquet":
        with path.open("wb") as file:
            rows.write_parquet(file)
    elif path.suffix == ".jsonl":
        lists = {"user": ids, "item": ids, **columns}
        objects = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in objects))
    else:
        rows.write_csv(path)
    return path.name


@pytest.mark.parametrize(
    ("name", "ids", "expected"),
    [
        ("x.csv", ["007", "1.0", " a b ", "NULL", ""], ["007", "1.0", "a b", None, None]),
        ("x.csv", ["\\N", "null", "None", "nan", "NA"], [None] * 5),
        ("x.csv", ["76561198012345678", "1e5", "٣"], ["76561198012345678", "1e5", "٣"]),
        ("x.csv", ["4e+5", "1e10", "e+10", "12E+10", "c++"], ["4e+5", "1e10", "e+10", "12E+10", "c++"]),
        ("x.jsonl", [1.0, 2, 2**63 + 1, None], ["1", "2", "9223372036854775809", None]),
        ("x.jsonl", ["1.0", "007", "", "NaN"], ["1.0", "007", None, None]),
        ("x.jsonl", [1.5, True, -3.0], ["1.5", "true", "-3"]),
        ("x.parquet", [0.0, 1.0, float("nan"), None, 1.5], ["0", "1", None, None, "1.5"]),
        ("x.parquet", [float("inf"), 1.0, -0.0], [None, "1", "0"]),
        ("x.parquet", [2**53 + 1, 2**63 - 1, None], ["9007199254740993", "9223372036854775807", None]),
        ("x.parquet", ["007", "1.0", "", None], ["007", "1.0", None, None]),
    ],
)
def test_ids(name: str, ids: list[Any], expected: list[str | None], tmp_path: Path) -> None:
    infinite = {"unreadable_values": "unknown"} if float("inf") in ids else {}
    result = read(tmp_path, table(tmp_path / name, ids), **infinite)
    assert column(result, "user") == column(result, "item") == expected
    known = count_interactions(result)["known"]
    assert known["user"] == known["item"] == sum(name is not None for name in expected)
    assert number(result).users.to_list() == sorted({name for name in expected if name is not None})


def test_words_for_no_value_are_an_option(tmp_path: Path) -> None:
    name = table(tmp_path / "x.csv", ["NA", "none", "-"], rating=["-", "1", "2"])
    assert column(read(tmp_path, name, null_words=["-"]), "user") == ["NA", "none", None]


def test_all_ids_may_be_missing(tmp_path: Path) -> None:
    result = read(tmp_path, table(tmp_path / "x.jsonl", [None, None]))
    assert count_interactions(result)["known"]["user"] == 0
    assert number(result).rows["user"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("x.parquet", value) for value in (2.0**53, 7.6561198012345678e16, -1e300, float("inf"))),
        *(("x.jsonl", value) for value in (2.0**53, 2.0**60, 7.6561198012345678e16)),
        *(("x.csv", value) for value in ("7.65612E+16", "7.656119801234568e+16", "1E+20", "9007199254740993.0")),
        *(("x.tsv", value) for value in ("1,23457E+12", "76561198012345678.0")),
    ],
)
def test_ids_that_lost_their_last_digits_are_refused(name: str, value: Any, tmp_path: Path) -> None:
    table(tmp_path / name, [1.0 if isinstance(value, float) else "1", value])
    with pytest.raises(UserError, match=r"record 2: user '.*' is an id that has lost its last digits: write ids as wh"):
        read(tmp_path, name)


def test_ids_of_several_files_are_the_same_whatever_their_types(tmp_path: Path) -> None:
    names = [
        table(tmp_path / "a.parquet", [1.0, 2.0, float("nan")]),
        table(tmp_path / "b.parquet", [1, 2**53 + 1]),
        table(tmp_path / "c.csv", ["1", "007"]),
        table(tmp_path / "d.jsonl", [1.0]),
    ]
    expected = ["1", "2", None, "1", "9007199254740993", "1", "007", "1"]
    assert column(read(tmp_path, names), "user") == expected


def test_whole_numbers_are_the_same_ids_with_and_without_a_fraction(tmp_path: Path) -> None:
    names = [
        table(tmp_path / "jan.csv", ["0", "10", ""]),
        table(tmp_path / "feb.csv", ["0.0", "10.0", ""]),
        table(tmp_path / "mar.csv", ["0", " -1.00 ", "nan"]),
        table(tmp_path / "apr.parquet", [Decimal("0.00"), Decimal("2.50")]),
    ]
    assert column(read(tmp_path, names), "user") == ["0", "10", None, "0", "10", None, "0", "-1", None, "0", "2.50"]


def test_ids_of_all_files_are_whole_numbers_or_none_is(tmp_path: Path) -> None:
    names = [table(tmp_path / "train.csv", ["1.0", "2.0"]), table(tmp_path / "test.csv", ["1.0", "x"])]
    assert column(read(tmp_path, names), "user") == ["1.0", "2.0", "1.0", "x"]


def test_names_that_look_like_fractions_stay_as_they_are(tmp_path: Path) -> None:
    names = [table(tmp_path / "x.csv", ["1.0", "1.1", "1.10"]), table(tmp_path / "y.csv", ["1.0", "one"])]
    assert column(read(tmp_path, names), "user") == ["1.0", "1.1", "1.10", "1.0", "one"]


def test_times_of_several_files_are_the_same_whatever_their_types(tmp_path: Path) -> None:
    moment = datetime(2018, 7, 8)
    utc = pl.Series([moment]).dt.replace_time_zone("UTC")
    berlin = utc.dt.convert_time_zone("Europe/Berlin").dt.cast_time_unit("ms")
    columns = {"a": pl.Series([moment]), "b": berlin, "c": pl.Series([moment.date()])}
    names = [table(tmp_path / f"{name}.parquet", ["1"], timestamp=times) for name, times in columns.items()]
    assert column(read(tmp_path, names), "timestamp") == [1531008000 * 10**6] * 3


def test_files_with_other_orders_and_more_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("user,item,rating\nu1,i1,5\n")
    (tmp_path / "b.csv").write_text("rating;more;item;user\n4;x;i2;u2\n")
    (tmp_path / "c.csv").write_text("user,rating\nu1,5\n")
    result = read(tmp_path, ["a.csv", "b.csv"])
    assert column(result, "user") == ["u1", "u2"]
    assert column(result, "rating") == [5.0, 4.0]
    with pytest.raises(UserError, match=r"c\.csv has no column item \(source\.columns\.item\); it has user, rating"):
        TableSource("s", "d", str(tmp_path), "glob:*.csv", None, None, AUTO, "auto", "auto", "auto").tables(tmp_path)


def test_a_mistake_names_the_file_of_several_and_its_record(tmp_path: Path) -> None:
    for name, rating in (("a", 5), ("b", "bad"), ("c", 3)):
        table(tmp_path / f"{name}.csv", ["u1", "u2"], rating=[1, rating])
    with pytest.raises(UserError, match=r"/b\.csv record 2: rating 'bad' is no number \(1 such records\)"):
        read(tmp_path, "glob:*.csv")


@pytest.mark.parametrize(
    ("name", "ratings", "expected"),
    [
        ("x.csv", ["4.5", " 3 ", "nan", "", "1e0", "NULL"], [4.5, 3.0, None, None, 1.0, None]),
        ("x.jsonl", [4.5, 3, None, "2", 1e0, "NULL"], [4.5, 3.0, None, 2.0, 1.0, None]),
        ("x.parquet", [4.5, 3.0, float("nan"), None], [4.5, 3.0, None, None]),
        ("x.parquet", [4, 3, None], [4.0, 3.0, None]),
        ("x.parquet", ["4.5", "NaN", None], [4.5, None, None]),
    ],
)
def test_ratings(name: str, ratings: list[Any], expected: list[float | None], tmp_path: Path) -> None:
    ids = [f"u{n}" for n in range(len(ratings))]
    assert column(read(tmp_path, table(tmp_path / name, ids, rating=ratings)), "rating") == expected


@pytest.mark.parametrize(
    ("name", "rating"),
    [
        *(("x.csv", rating) for rating in ("inf", "-Infinity", "4,5", "good", "1e39", "0x1", "5 stars")),
        *(("x.jsonl", rating) for rating in ("inf", True, [1, 2])),
        *(("x.parquet", rating) for rating in (float("inf"), 1e39)),
    ],
)
def test_ratings_that_are_no_numbers(name: str, rating: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"record 2: rating '.*' is no number \(1 such records\); correct them"):
        read(tmp_path, table(tmp_path / name, ["a", "b"], rating=[None, rating]))


@pytest.mark.parametrize("kind", ["users", "items"])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.csv", 'id,title\n1,"Weird" Al\n', "e.csv line 2: ',' expected after '\"'"),
        ("e.csv", 'id,title,x\n1,A,"12\n2,B,y\n3,C,12"\n4,D,x\n', "e.csv lines 2 to 4 are one record if its quotes"),
        ("e.csv", 'id,title,x\n1,A,"12\n2,B,y\n', "e.csv line 2: a value that begins with a quote is never closed"),
        ("e.csv", "id,title\n1,A\n2\n", "e.csv record 2 (line 3) has 1 values for 2 columns"),
        ("e.tsv", "id\ttitle\n1\tA\n2\tB\tx\n", "e.tsv record 2 (line 3) has 3 values for 2 columns"),
        ("e.dat", "1::A\n2::B\n3\n", "e.dat record 3 (line 3) has 1 values for 2 columns"),
        ("e.jsonl", '{"id": 1}\n{"id": 2, "ti', "e.jsonl line 2 is no JSON"),
        ("e.csv.gz", gzip.compress(b"id,title\n1,A\n" * 99, mtime=0)[:-9], "e.csv.gz is damaged after line"),
        ("e.csv", "id,title\n1,\xe9\n".encode("latin-1"), "e.csv line 2 is not text in utf-8"),
        ("e.csv", "what,title2\n1,A\n", "e.csv has the columns what, title2: set source."),
        ("e.csv", "id,title\n", "e.csv holds no records"),
    ],
)
def test_damaged_files_of_users_and_items(
    kind: str, name: str, content: str | bytes, says: str, tmp_path: Path
) -> None:
    table(tmp_path / "x.csv", ["1", "2"])
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as caught:
        read(tmp_path, "x.csv", **{kind: name})
    assert says in str(caught.value)


def test_movielens_without_headers(tmp_path: Path) -> None:
    (tmp_path / "ratings.dat").write_text("1::1193::5::978300760\n2::661::3::978302109\n")
    (tmp_path / "movies.dat").write_bytes("1193::Misérables, Les (1995)::Drama|Musical\n".encode("latin-1"))
    (tmp_path / "users.dat").write_text("1::F::1::10::48067\n")
    result = read(tmp_path, "ratings.dat", items="movies.dat", users="users.dat", encoding="latin-1")
    log = pl.read_parquet(result.interactions).select("user", "item", "rating", "timestamp").rows()
    assert log == [("1", "1193", 5.0, 978300760 * 10**6), ("2", "661", 3.0, 978302109 * 10**6)]
    assert result.entities("items", pl.Series(["1193"]))["title"].item() == "Misérables, Les (1995)"
    assert result.entities("users", pl.Series(["1"]))["title"].item() == ""


@pytest.mark.parametrize("name", ["u[1]", "u*", "a b", "{x}"])
def test_unusual_names_of_recbole_files(name: str, tmp_path: Path) -> None:
    root = tmp_path / "raw[1]"
    root.mkdir()
    (root / f"{name}.inter").write_text("user_id:token\titem_id:token\trating:float\n1\t10\t4\n2\t10\tnan\n")
    (root / f"{name}.item").write_text('item_id:token\ttitle:token_seq\tclass:token_seq\n10\tToy "Story"\tWar Crime\n')
    result = staged(RecBoleSource(str(root), name, "d", item_metadata=["class"]), tmp_path)
    assert column(result, "rating") == [4.0, None]
    assert result.entities("items", pl.Series(["10"])).row(0) == (0, "10", 'Toy "Story"', "class: War, Crime", "")


def test_recbole_reviews_are_texts_and_lists_of_numbers_are_lists(tmp_path: Path) -> None:
    (tmp_path / "m.inter").write_text("user_id:token\titem_id:token\treview:token_seq\n1\t10\tvery, very good\n")
    (tmp_path / "m.item").write_text("item_id:token\tvector:float_seq\ttags:token_seq\n10\t0.5 1\ta,b c\n")
    result = staged(RecBoleSource(str(tmp_path), "m", "d", item_metadata=["vector", "tags"]), tmp_path)
    assert column(result, "review") == ["very, very good"]
    metadata = result.entities("items", pl.Series(["10"]))["metadata"].item()
    assert metadata == "vector: 0.5, 1; tags: a,b | c"


def test_metadata_of_typed_tables(tmp_path: Path) -> None:
    table(tmp_path / "x.csv", ["1", "2"])
    items = pl.DataFrame(
        {
            "id": [1.0, 2.0],
            "title": ["A", None],
            "year": [1999.0, float("nan")],
            "price": pl.Series([3.3, None], dtype=pl.Float32),
            "genres": [["a", "b, c"], []],
            "details": [{"Brand": "X", "Pages": 320.0}, {"Brand": None, "Pages": None}],
        }
    )
    items.write_parquet(tmp_path / "items.parquet")
    wanted = {"id": "id", "title": "title", "metadata": ["year", "price", "genres", "details"]}
    result = read(tmp_path, "x.csv", items="items.parquet", item_columns=wanted)
    assert result.entities("items", pl.Series(["1", "2"])).rows() == [
        (0, "1", "A", "year: 1999; price: 3.3; genres: a | b, c; details: Brand: X, Pages: 320", ""),
        (1, "2", "", "", ""),
    ]


def test_patterns_of_files_anywhere(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        table(tmp_path / name, [name])
    assert column(read(tmp_path, f"glob:{tmp_path}/*.csv"), "user") == ["a.csv", "b.csv"]
    wrong = {"glob:": "is no pattern", "glob:*.tsv": "no file in .* matches", "d": "there is no file"}
    for pattern, says in wrong.items():
        with pytest.raises(UserError, match=f"source.interactions: .*{says}"):
            TableSource("s", "d", str(tmp_path), pattern, None, None, AUTO, "auto", "auto", "auto").tables(tmp_path)


def test_parts_of_a_split_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "train[1].txt").write_text("0 5 3\n1 5\n2\n")
    (tmp_path / "test.txt").write_text("0 4\n1\n")
    files = {"train": "train[1].txt", "test": "test.txt", "val": None}
    log = pl.read_parquet(read(tmp_path, files, {"interactions": "adjacency"}).interactions)
    assert log.select("user", "item", "part").rows() == [("0", "5", 0), ("0", "3", 0), ("1", "5", 0), ("0", "4", 2)]
    with pytest.raises(UserError, match=r"source\.interactions\.dev: the parts of a split are train, val, test"):
        TableSource("s", "d", str(tmp_path), {"dev": "test.txt"}, None, None, AUTO, "auto", "auto", "auto").tables(
            tmp_path
        )


@pytest.mark.parametrize(("parts", "expected"), [(["a", "b"], [0, 2]), (["a", "b", "c"], [0, 1, 2])])
def test_parts_of_recbole(parts: list[str], expected: list[int], tmp_path: Path) -> None:
    for part in parts:
        (tmp_path / f"m.{part}.inter").write_text(f"user_id:token\titem_id:token\n{part}\t1\n")
    result = staged(RecBoleSource(str(tmp_path), "m", "d", parts=parts), tmp_path)
    assert column(result, "user") == parts
    assert column(result, "part") == expected


def test_parts_of_recbole_are_two_or_three(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"source\.parts: name two files \(training, test\) or three"):
        RecBoleSource(str(tmp_path), "m", "d", parts=["a"]).tables(tmp_path)
    with pytest.raises(UserError, match=r"there is no file .*m\.a\.inter: set source\.root, source\.name and source"):
        RecBoleSource(str(tmp_path), "m", "d", parts=["a", "b"]).tables(tmp_path)


def test_ids_of_single_precision_lose_their_last_digits_sooner(tmp_path: Path) -> None:
    ids = pl.Series([20_000_001.0, 20_000_002.0], dtype=pl.Float32)
    with pytest.raises(UserError, match="is an id that has lost its last digits"):
        read(tmp_path, table(tmp_path / "x.parquet", ids))


def test_ids_that_lost_their_last_digits_are_refused_beside_files_of_text(tmp_path: Path) -> None:
    names = [table(tmp_path / "a.parquet", [2.0**53 + 2, -1.0]), table(tmp_path / "b.csv", ["x1"])]
    with pytest.raises(UserError, match=r"'9.007199254740994e\+15' is an id that has lost its last digits"):
        read(tmp_path, names)


def test_a_review_s_headline_is_no_text_of_an_item_or_a_user(tmp_path: Path) -> None:
    """It belongs to an interaction, which may be held out."""
    name = table(tmp_path / "r.jsonl", ["u1", "u2"], rating=[1, 2], summary=["held out", "held out"], title=["x", "y"])
    result = read(tmp_path, name, users=name, items=name)
    assert result.users is not None and result.items is not None
    for path in (result.users, result.items):
        assert set(pl.read_parquet(path)["metadata"]) == {""} == set(pl.read_parquet(path)["title"])


def test_reviews_beside_a_file_of_ratings_are_no_texts_of_items_unless_chosen(tmp_path: Path) -> None:
    log = table(tmp_path / "x.csv", ["a", "b"])
    reviews = table(tmp_path / "r.csv", ["a", "b"], summary=["one", "two"], overall=[1, 2])
    for run, (metadata, expected) in enumerate({"auto": "", "summary": "summary: one", None: ""}.items()):
        place = tmp_path / str(run)
        place.mkdir()
        for name in (log, reviews):
            (place / name).write_bytes((tmp_path / name).read_bytes())
        columns = {"id": "item", "title": "auto", "metadata": metadata, "profile": "auto"}
        result = read(place, log, items=reviews, item_columns=columns)
        assert result.items is not None and pl.read_parquet(result.items)["metadata"][0] == expected


def test_a_file_of_items_may_name_a_user_of_each(tmp_path: Path) -> None:
    log = table(tmp_path / "x.csv", ["a", "b"])
    videos = table(tmp_path / "videos.csv", ["a", "b"], title=["one", "two"], description=["long", "short"])
    result = read(tmp_path, log, items=videos)
    assert result.items is not None and pl.read_parquet(result.items)["metadata"][0] == "description: long"


@pytest.mark.parametrize("option", ["columns", "user_columns", "item_columns"])
def test_columns_that_are_null_are_refused(option: str, tmp_path: Path) -> None:
    name = table(tmp_path / "x.csv", ["a", "b"])
    with pytest.raises(UserError, match=rf"source\.{option}=null: give columns, or auto"):
        read(tmp_path, name, users=name, items=name, **{option: None})


def test_a_folder_called_tilde_is_not_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Polars takes one at the beginning of a name for the home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for place, ids in (("home", ["others"]), ("~", ["mine"])):
        (tmp_path / place).mkdir()
        table(tmp_path / place / "x.parquet", ids)
    place = tmp_path / "work"
    place.mkdir()
    tables = TableSource("s", "d", "~", "x.parquet", None, None, AUTO, "auto", "auto", "auto").tables(place)
    assert tables.interactions.rows.collect()["user"].to_list() == ["mine"]
