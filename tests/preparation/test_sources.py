"""Every format and source gives the same tables; mistakes name file, column and line."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from raw_files import ITEMS, REVIEWS, source, write
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.preparation.raw_counts import count_interactions
from rlmrec.preparation.sources import RawTables, RecBoleSource
from rlmrec.preparation.staging import Staged, stage

FORMATS = ["csv", "tsv", "jsonl", "parquet", "csv.gz", "tsv.gz", "jsonl.gz"]


def staged(tables: RawTables, folder: Path) -> Staged:
    (folder / "staged").mkdir()
    return stage(tables, folder / "staged")


def log(result: Staged) -> list[tuple[Any, ...]]:
    columns = ("row", "user", "item", "rating", "timestamp", "review", "review_characters")
    return pl.read_parquet(result.interactions).select(columns).rows()


EXPECTED = [
    (0, "u1", "i1", 5.0, 100_000_000, 'good, really "good"', 19),
    (1, "u1", "i2", 2.5, 101_000_000, "", 0),
    (2, "ü2", "i1", 4.0, 102_000_000, "naïve é", 7),
    (3, "ü2", "i2", None, None, "", 0),
]


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same_tables(ending: str, tmp_path: Path) -> None:
    write(tmp_path / f"reviews.{ending}", REVIEWS)
    write(tmp_path / f"items.{ending}", ITEMS)
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(source(tmp_path, f"reviews.{ending}", items=f"items.{ending}").tables(place), tmp_path)
    assert log(result) == EXPECTED
    items = result.entities("items", pl.Series(["i0", "i1", "i2"]))
    assert items.rows() == [
        (0, "i0", "", "", ""),
        (1, "i1", "First", "author: A. B.; year: 1999", ""),
        (2, "i2", "", "year: 2001", ""),
    ]


@pytest.mark.parametrize("ending", ["python", "python.gz"])
def test_python_literal_lines(ending: str, tmp_path: Path) -> None:
    write(tmp_path / f"reviews.{ending}", REVIEWS)
    first = "{u'item': 'i1', 'title': u'It\\'s', 'book_tags': [['Books', 'Poetry'], ['x']], 'deep': {'a': 1}}"
    content = f"{first}\n\n{{'item': 'i2'}}"
    (tmp_path / "items.json").write_text(content)
    place = tmp_path / "staging"
    place.mkdir()
    columns = {"id": "item", "title": "title", "metadata": ["book_tags", "deep"]}
    formats = {"interactions": "python", "users": "auto", "items": "python"}
    tables = source(tmp_path, f"reviews.{ending}", items="items.json", item_columns=columns, formats=formats).tables(
        place
    )
    result = staged(tables, tmp_path)
    assert log(result) == EXPECTED
    assert result.entities("items", pl.Series(["i1", "i2"])).rows() == [
        (0, "i1", "It's", "book tags: Books, Poetry | x; deep: a: 1", ""),
        (1, "i2", "", "", ""),
    ]


def test_python_lines_execute_nothing(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "reviews.python").write_text(f"{{'user': open({str(touched)!r}, 'w')}}\n")
    with pytest.raises(UserError, match="line 1 is no Python dictionary"):
        source(tmp_path, "reviews.python", formats=dict.fromkeys(("interactions", "users", "items"), "python")).tables(
            tmp_path
        )
    assert not touched.exists()


def test_recbole_atomic_files(tmp_path: Path) -> None:
    (tmp_path / "ml.inter").write_text("user_id:token\titem_id:token\trating:float\n1\t10\t4\n2\t10\t3.5\n")
    (tmp_path / "ml.item").write_text('item_id:token\ttitle:token_seq\tclass:token_seq\n10\tA "B\tx y\n')
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(RecBoleSource(str(tmp_path), "ml", "d", item_metadata=["class"]).tables(place), tmp_path)
    assert log(result) == [(0, "1", "10", 4.0, None, "", 0), (1, "2", "10", 3.5, None, "", 0)]
    assert result.users is None
    assert result.entities("items", pl.Series(["10"])).rows() == [(0, "10", 'A "B', "class: x, y", "")]


def test_recbole_metadata_are_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ml.inter").write_text("user_id:token\titem_id:token\n1\t10\n")
    (tmp_path / "ml.item").write_text("item_id:token\taverage_rating:float\tclass:token\n10\t4.9\tx\n")
    (tmp_path / "ml.user").write_text("user_id:token\tage:float\n1\t30\n")
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(RecBoleSource(str(tmp_path), "ml", "d", user_metadata=["age"]).tables(place), tmp_path)
    assert result.entities("items", pl.Series(["10"]))["metadata"].item() == ""
    assert result.entities("users", pl.Series(["1"]))["metadata"].item() == "age: 30"
    printed = capsys.readouterr().out
    assert "ml.item: left unused: average_rating, class (source.item_metadata=[...]" in printed
    assert "ml.user" not in printed
    with pytest.raises(UserError, match=r"ml\.item has no column genre \(source\.item_metadata\[0\]\); it has item_id"):
        RecBoleSource(str(tmp_path), "ml", "d", item_metadata=["genre"]).tables(place)
    with pytest.raises(UserError, match=r"ml\.inter has no column who \(source\.user\)"):
        RecBoleSource(str(tmp_path), "ml", "d", user="who").tables(place)
    (tmp_path / "ml.item").unlink()
    with pytest.raises(MissingFilesError, match=r"source\.item_metadata: there is no file .*ml\.item"):
        RecBoleSource(str(tmp_path), "ml", "d", item_metadata=["class"]).tables(place)


def test_recbole_empty_file(tmp_path: Path) -> None:
    (tmp_path / "ml.inter").write_text("")
    with pytest.raises(UserError, match=r"ml\.inter is empty"):
        RecBoleSource(str(tmp_path), "ml", "d").tables(tmp_path)


def test_recbole_header_without_types(tmp_path: Path) -> None:
    (tmp_path / "ml.inter").write_text("user_id\titem_id:token\n1\t10\n")
    with pytest.raises(UserError, match=r"ml\.inter: the header must say name:type.*user_id"):
        RecBoleSource(str(tmp_path), "ml", "d").tables(tmp_path)


def test_first_record_of_an_entity_counts_and_nested_json_becomes_words(tmp_path: Path) -> None:
    write(tmp_path / "reviews.csv", REVIEWS)
    write(
        tmp_path / "items.jsonl",
        [
            {"item": "i1", "title": "one", "author": ["A", "B"], "year": {"from": 1}},
            {"item": "i1", "title": "two", "author": '[sic] \n "C"', "year": 2},
        ],
    )
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(source(tmp_path, "reviews.csv", items="items.jsonl").tables(place), tmp_path)
    assert result.entities("items", pl.Series(["i1"])).rows() == [(0, "i1", "one", "author: A, B; year: from: 1", "")]


random_ids = np.random.default_rng(0).integers(0, 10**9, (1_000, 2))  # all of it is read to know the columns
CUT_SHORT = gzip.compress(
    b"user,item,rating,timestamp,review\n" + b"".join(b"%d,%d,1,1,x\n" % (user, item) for user, item in random_ids),
    mtime=0,
)
CUT_SHORT = CUT_SHORT[: len(CUT_SHORT) // 2]
HEADER = "user,item,rating,timestamp,review\n"
GOOD = '{"user": "a", "item": "b", "rating": 1, "timestamp": 1, "review": ""}\n'


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("r.jsonl", GOOD + GOOD + '{"user": "a"\n', "r.jsonl line 3 is no JSON"),
        ("r.jsonl", GOOD * 12000 + "[1, 2]\n", "r.jsonl line 12001 begins an array: one object a line"),
        ("r.jsonl", GOOD * 12000 + "\n" + GOOD[:-1].replace("1", "NaN"), "line 12002 is no JSON: NaN"),
        ("r.jsonl", GOOD + GOOD.replace('"rating": 1', '"rating": "five"'), "record 2: rating 'five' is no number"),
        ("r.jsonl", GOOD.replace('"timestamp": 1', '"timestamp": "May"'), "timestamp holds 'May', which is no time"),
        (
            "r.jsonl",
            GOOD * 3 + GOOD.replace('"timestamp": 1', '"timestamp": "May"'),
            "record 4: timestamp 'May' is no time in seconds: source.timestamp_format says how times are read (1 such",
        ),
        ("r.csv", HEADER + "a,b,1,1,x\na,b,1,1,x,y\n", "r.csv record 2 (line 3) has 6 values for 5"),
        ("r.csv", HEADER + "a,b,inf,1,x\n", "record 1: rating 'inf' is no number"),
        ("r.csv", HEADER + "a,b,1e99,1,x\n", "record 1: rating '1e99' is no number"),
        (
            "r.csv",
            HEADER + "a,b," + "no\t" * 99 + ",1,x\n",
            "record 1: rating 'no no no no no no no no no no no",
        ),
        ("r.csv", HEADER.encode() + b"a,b,1,1,\xff\n", "r.csv line 2 is not text in utf-8 (invalid start byte)"),
        ("r.csv", "", "r.csv is empty"),
        ("r.csv", HEADER + 'a,b,1,1,x\na,b,1,1,"x"y\n', "r.csv line 3: ',' expected after"),
        ("r.csv", HEADER + 'a,b,1,1,"x\n' + "a,b,1,1,x\n" * 99, "r.csv line 2: a value that begins with a quote is"),
        ("r.csv.gz", gzip.compress(HEADER.encode() + b"a,b,1,1,x\n" * 9999, mtime=0)[:-9], "is damaged after line"),
        (
            "r.jsonl",
            GOOD.encode() * 12000 + GOOD.encode().replace(b"a", b"\xff"),
            "line 12001 is not text in utf-8",
        ),
        ("r.jsonl", "", "r.jsonl is empty"),
        ("r.jsonl", "[\n" + GOOD, "r.jsonl line 1 begins an array: one object a line is needed"),
        ("r.jsonl", gzip.compress(GOOD.encode(), mtime=0), "r.jsonl is gzipped: name it r.jsonl.gz"),
        ("r.csv", gzip.compress(b"user,item\na,b\n", mtime=0), "r.csv is gzipped: name it r.csv.gz"),
        ("r.csv.gz", CUT_SHORT, "r.csv.gz is damaged after line"),
        ("r.csv", HEADER, "r.csv holds no records"),
        ("r.csv", "user rating\na 1\n", "r.csv has no column user (source.columns.user), item"),
        ("r.csv", "user,thing\na,b\n", "r.csv has no column item (source.columns.item), rating"),
        ("r.csv", "user,thing\na,b\n", "it has user, thing"),
        ("r.jsonl", '{"user": "a", "thing": "b"}\n', "it has user, thing"),
        ("r.parquet", "no parquet", "r.parquet is no Parquet file"),
        ("r.log", "a b\n", "its name does not tell the format"),
        ("r.jsonl.gz", b"no gzip", "r.jsonl.gz is damaged"),
        ("r.jsonl.gz", gzip.compress(GOOD.encode() * 50000, mtime=0)[:-20], "r.jsonl.gz is damaged"),
        ("r.python", "{'user': 1}\n{'user': \n", "r.python line 2 is no Python dictionary"),
        ("r.python", "[1]\n", "r.python line 1 is no Python dictionary but list"),
    ],
)
def test_bad_files_are_named(name: str, content: str | bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    place = tmp_path / "staging"
    place.mkdir()
    how = "python" if name.endswith(".python") else "auto"
    options = {"formats": {"interactions": how, "users": "auto", "items": "auto"}}
    with pytest.raises(UserError) as caught:
        staged(source(tmp_path, name, **options).tables(place), tmp_path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"items": "nowhere.csv"}, "source.items: there is no file"),
        ({"timestamp_format": "minutes"}, "source.timestamp_format=minutes"),
        (
            {"formats": {"interactions": "xml", "users": "auto", "items": "auto"}},
            "there is no format xml; valid are auto",
        ),
        ({"columns": {name: name for name in REVIEWS[0]} | {"user": "who"}}, "has no column who (source.columns.user)"),
    ],
)
def test_bad_options_are_told_before_anything_is_read(options: dict[str, Any], says: str, tmp_path: Path) -> None:
    write(tmp_path / "r.csv", REVIEWS)
    with pytest.raises((UserError, MissingFilesError)) as caught:
        source(tmp_path, "r.csv", **options).tables(tmp_path)
    assert says in str(caught.value)


def test_other_separators(tmp_path: Path) -> None:
    for name, separator in (("ssv", ";"), ("psv", "|")):
        pl.DataFrame(REVIEWS, strict=False).write_csv(tmp_path / "r.csv", separator=separator)
        place = tmp_path / name
        place.mkdir()
        formats = {"interactions": name, "users": "auto", "items": "auto"}
        assert log(staged(source(tmp_path, "r.csv", formats=formats).tables(place), place)) == EXPECTED


def test_lists_in_parquet_become_words(tmp_path: Path) -> None:
    write(tmp_path / "r.csv", REVIEWS)
    deep = pl.Series([[["x"], ["y", "z"]], None], dtype=pl.List(pl.List(pl.String)))
    items = {"item": ["i1", "i2"], "title": ["a", "b"], "author": [["A", None, "B"], []], "year": deep}
    pl.DataFrame(items).write_parquet(tmp_path / "items.parquet")
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(source(tmp_path, "r.csv", items="items.parquet").tables(place), tmp_path)
    assert result.entities("items", pl.Series(["i1", "i2"]))["metadata"].to_list() == [
        "author: A, B; year: x | y, z",
        "",
    ]


def test_characters_of_items_are_counted_without_their_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "r.csv", REVIEWS)
    write(tmp_path / "items.csv", [*ITEMS, {"item": "i1", "title": "a later record", "author": "C", "year": 1}])
    place = tmp_path / "staging"
    place.mkdir()
    result = staged(source(tmp_path, "r.csv", items="items.csv").tables(place), tmp_path)
    ids = pl.Series(["i2", "i0", "i1"])
    texts = result.entities("items", ids)
    monkeypatch.delattr(Staged, "entities")
    expected = (texts["title"] + texts["metadata"]).str.len_chars().to_list()
    assert (
        result.item_characters(ids).to_list()
        == expected
        == [len("year: 2001"), 0, len("Firstauthor: A. B.; year: 1999")]
    )


def test_unreadable_values_may_count_as_unknown(tmp_path: Path) -> None:
    rows = [{"user": "a", "item": "b", "rating": "4", "timestamp": "May", "review": "x"}]
    rows += [{"user": "a", "item": "b", "rating": "good", "timestamp": "7", "review": "x"}] * 2
    rows += [{"user": "a", "item": "b", "rating": "4", "timestamp": "1531001351000", "review": "x"}]
    write(tmp_path / "r.csv", rows)
    place = tmp_path / "staging"
    place.mkdir()
    tables = source(tmp_path, "r.csv", unreadable_values="unknown", timestamp_format="seconds").tables(place)
    result = staged(tables, tmp_path)
    seven = 7_000_000
    assert [row[3:5] for row in log(result)] == [(4.0, None), (None, seven), (None, seven), (4.0, None)]
    assert count_interactions(result)["unreadable"] == {"rating": 2, "timestamp": 2, "weight": 0}
