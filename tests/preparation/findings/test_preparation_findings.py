"""Every finding about a prepared folder is told once, with numbers and what to do; a sound folder has none."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from raw_files import source, write
from rlmrec.data.manifest import Manifest
from rlmrec.data.updating import update_profiles
from rlmrec.preparation.filters import Core, OneOfRepeated, RatingThreshold
from rlmrec.preparation.findings import filtering, find, raw
from rlmrec.preparation.folder_contents import FolderContents
from rlmrec.preparation.prepare import prepare_raw
from rlmrec.preparation.splits import LeaveLast, RandomInteractions, TemporalCut

USERS, ITEMS = 30, 40
NEW_YEAR = 1_577_836_800
"""2020, in seconds since 1970."""
Edit = Callable[[list[dict[str, Any]]], object]


def rows() -> list[dict[str, Any]]:
    """Every user chose half of the items in the course of 2020, everyone at all times."""
    random = np.random.default_rng(0)
    pairs = [(user, item) for user in range(USERS) for item in random.permutation(ITEMS)[: ITEMS // 2]]
    times = random.permutation(len(pairs)) * 50_000 + NEW_YEAR
    return [
        {"user": f"u{user}", "item": f"i{item}", "rating": int(random.integers(1, 6)), "timestamp": int(time)}
        for (user, item), time in zip(pairs, times, strict=True)
    ]


def prepared(root: Path, edit: Edit = len, split: Any = None, filters: Any = None, **options: Any) -> FolderContents:
    """A folder made from the rows after an edit."""
    records = rows()
    edit(records)
    write(root / "r.csv", records)
    columns = {name: name for name in ("user", "item", "rating", "timestamp")} | {"review": None}
    items = {"items": "items.csv"} if (root / "items.csv").is_file() else {}
    made = source(root, "r.csv", columns=columns, **items, **options)
    prepare_raw(made, filters or {}, split or RandomInteractions(), str(root / "out"))
    return FolderContents.read(root / "out")


def replaced(**values: Any) -> Edit:
    """An edit of the first records: ``column=(count, value)``."""

    def edit(records: list[dict[str, Any]]) -> None:
        for column, (count, value) in values.items():
            for record in records[:count]:
                record[column] = value

    return edit


def catalogue(root: Path, ids: list[str]) -> None:
    write(root / "items.csv", [{"item": one, "title": f"Title {one}", "author": "A", "year": 1} for one in ids])


def without_profiles(folder: Path) -> FolderContents:
    contents = FolderContents.read(folder)
    tables = {kind: getattr(contents.dataset, kind).with_columns(profile=pl.lit("")) for kind in ("users", "items")}
    return FolderContents(folder, contents.manifest, replace(contents.dataset, **tables))


def the_only(lines: list[str]) -> str:
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("split", [None, TemporalCut(), LeaveLast()], ids=["random", "temporal", "leave last"])
def test_a_sound_folder(split: Any, tmp_path: Path) -> None:
    catalogue(tmp_path, [f"i{number}" for number in range(ITEMS)])
    assert find(prepared(tmp_path, split=split)) == []


def test_unreadable_values(tmp_path: Path) -> None:
    edit = replaced(timestamp=(450, "soon"), rating=(6, "?"))
    contents = prepared(tmp_path, edit, unreadable_values="unknown", timestamp_format="seconds")
    assert the_only(find(contents)) == (
        "450 of 600 (75.0 %) values of the column timestamp could not be read and count as unknown: look at "
        "source.timestamp_format or source.columns.timestamp"
    ), "one rating in a hundred is a slip"


def test_records_without_user(tmp_path: Path) -> None:
    line = the_only(find(prepared(tmp_path, replaced(user=(60, None)))))
    assert line == "60 of 600 (10.0 %) records name no user and are left out: look at source.columns.user"


@pytest.mark.parametrize(("known", "says"), [(0, "40 of 40 (100.0 %)"), (15, "25 of 40 (62.5 %)"), (25, None)])
def test_ids_that_join_nothing(known: int, says: str | None, tmp_path: Path) -> None:
    catalogue(tmp_path, [f"i{number}" if number < known else f"{number:05d}" for number in range(ITEMS)])
    lines = find(prepared(tmp_path))
    if says is None:
        assert lines == []
        return
    line = the_only(lines)
    assert line.startswith(f"{says} items have no record in the file of items, and so no text (there is no 'i")
    assert "source.item_columns.id" in line
    assert f"but '{known:05d}' for instance" in line


def test_repeated_records_of_an_item(tmp_path: Path) -> None:
    catalogue(tmp_path, [f"i{number % ITEMS}" for number in range(2 * ITEMS)])
    assert "40 of 80 (50.0 %) records in the file of items repeat an id" in the_only(find(prepared(tmp_path)))


def test_a_filter_that_leaves_little(tmp_path: Path) -> None:
    line = the_only(find(prepared(tmp_path, filters={"rating": RatingThreshold(5), "core": Core(2, 2)})))
    assert line.startswith("filters.rating leaves 1")
    assert "of 600 (" in line


def test_a_share_of_users_leaves_as_much_as_it_says() -> None:
    step = {"filter": "users", "share": 0.2, "before": {"interactions": 1000}}
    assert list(filtering.warnings({"filters": [step | {"after": {"interactions": 190}}]})) == []
    assert len(list(filtering.warnings({"filters": [step | {"after": {"interactions": 90}}]}))) == 1


@pytest.mark.parametrize(
    ("ratings", "at_least", "says"),
    [(5, 3, "all ratings are 5"), (None, 1, "the lowest is 1"), (None, 2, None), (5, None, None)],
)
def test_a_threshold_that_tells_nothing_apart(
    ratings: int | None, at_least: float | None, says: str | None, tmp_path: Path
) -> None:
    edit = len if ratings is None else replaced(rating=(600, ratings))
    lines = find(prepared(tmp_path, edit, filters={"rating": RatingThreshold(at_least)}))
    expected = f"filters.rating.at_least={at_least} tells no good rating from a bad one: {says}"
    assert lines == ([expected] if says else [])


def test_a_split_far_from_what_was_asked(tmp_path: Path) -> None:
    """A third of the users come one after the other at the end, most of them after the first moment of the split."""

    def late(records: list[dict[str, Any]]) -> None:
        early = np.random.default_rng(0).permutation(400) * 1.5
        for number, record in enumerate(records):
            day = early[number] if number < 400 else 520 + 0.4 * (number - 400)
            record["timestamp"] = NEW_YEAR + int(86_400 * day)

    contents = prepared(tmp_path, late, split=TemporalCut())
    counts = [matrix.nnz for matrix in contents.dataset.splits.values()]
    shares = "/".join(f"{100 * count / sum(counts):.1f}" for count in counts)
    lines = find(contents)
    assert counts[0] > 0.8 * sum(counts)
    assert the_only(lines).startswith(
        f"of the interactions {shares} % are for training, validation and test, where 60.0/20.0/20.0 % were asked for"
    )
    assert f"and {600 - sum(counts)} dropped" in lines[0]


def test_users_without_training_interactions(tiny_folder: Path) -> None:
    contents = without_profiles(tiny_folder)
    assert find(contents) == []
    train = contents.dataset.train.toarray()
    train[7] = 0
    changed = FolderContents(contents.root, contents.manifest, replace(contents.dataset, train=csr_array(train)))
    assert the_only(find(changed)).startswith("1 of 60 (1.7 %) users have no training interaction")
    asked = contents.manifest.model_copy(update={"preparation": {"split": {"orphans": "keep"}}})
    assert find(FolderContents(contents.root, asked, changed.dataset)) == []


def test_few_users_with_test_interactions(tiny_folder: Path) -> None:
    contents = without_profiles(tiny_folder)
    test = contents.dataset.test.toarray()
    test[2:] = 0
    left = int(test.any(axis=1).sum())
    line = the_only(
        find(FolderContents(contents.root, contents.manifest, replace(contents.dataset, test=csr_array(test))))
    )
    assert line.startswith(f"only {left} of 60 (")


@pytest.mark.parametrize("split", [LeaveLast(), RandomInteractions()])
def test_one_time_for_all(split: Any, tmp_path: Path) -> None:
    line = the_only(find(prepared(tmp_path, replaced(timestamp=(600, NEW_YEAR)), split=split)))
    assert line.startswith("all 600 times are 2020-01-01 00:00:00: look at source.columns.timestamp")


def test_one_day_for_all_matters_where_the_split_goes_by_time(tmp_path: Path) -> None:
    def shorten(records: list[dict[str, Any]]) -> None:
        for number, record in enumerate(records):
            record["timestamp"] = NEW_YEAR + number

    (tmp_path / "by_time").mkdir()
    line = the_only(find(prepared(tmp_path / "by_time", shorten, split=LeaveLast())))
    assert line.startswith("the split goes by time, but all 600 times are of one day, 2020-01-01:")
    (tmp_path / "random").mkdir()
    assert find(prepared(tmp_path / "random", shorten)) == []


@pytest.mark.parametrize(
    ("factor", "says"), [(1e-3, "from 1970-01-19 "), (1e3, "from 1,577,836,800,000 seconds since 1970 ")]
)
def test_times_that_are_no_seconds(factor: float, says: str, tiny_folder: Path, tmp_path: Path) -> None:
    """In a folder made by hand; prepare_data.py tells units apart."""
    contents = without_profiles(tiny_folder)
    log = pl.read_parquet(tiny_folder / "interactions.parquet")
    moments = (np.arange(len(log)) * 50_000 + NEW_YEAR) * factor
    (tmp_path / "data").mkdir()
    log.with_columns(timestamp=pl.Series(moments.astype(np.int64))).write_parquet(
        tmp_path / "data" / "interactions.parquet"
    )
    line = the_only(find(FolderContents(tmp_path / "data", contents.manifest, contents.dataset)))
    assert "which may be no seconds since 1970" in line
    assert says in line


def test_too_few_items_for_the_monitor(tiny_folder: Path) -> None:
    contents = without_profiles(tiny_folder)
    most = int((contents.dataset.num_items - np.diff(contents.dataset.train.indptr)).max())
    assert find(contents, f"recall@{most - 1}") == []
    assert find(contents, f"ndcg@{most}") == []
    line = the_only(find(contents, f"recall@{most}"))
    assert line.startswith(f"no user has more than {most} items left to rank, so that recall@{most}")
    assert line.endswith(f"evaluation.monitor=val/ndcg@{most}")


def test_profiles_and_embeddings(tmp_path: Path) -> None:
    prepared(tmp_path)
    folder = tmp_path / "out"
    texts = [f"Has chosen {number} items of which little is known." for number in range(USERS)]
    update_profiles(folder, texts, [f"about {chr(97 + number)}" for number in range(26)] + [""] * 14, {})
    vectors = np.random.default_rng(0).standard_normal((USERS + ITEMS, 4)).astype(np.float32)
    vectors[10:USERS] = vectors[9]
    np.save(folder / "user_embeddings.npy", vectors[:USERS])
    np.save(folder / "item_embeddings.npy", vectors[USERS:])
    lines = find(FolderContents.read(folder))
    assert [line.partition(":")[0] for line in lines] == [
        "30 of 30 (100.0 %) profiles of users say nothing",
        "14 of 40 (35.0 %) items have no profile",
        "21 of 30 (70.0 %) user embeddings are one and the same vector, that of user 9 for instance",
    ]


def test_folders_that_were_not_prepared_here_have_no_raw_findings() -> None:
    assert list(raw.warnings({})) == list(raw.warnings({"source": {"kind": "x"}})) == list(filtering.warnings({})) == []


def test_what_was_found_is_in_the_manifest(tmp_path: Path) -> None:
    catalogue(tmp_path, ["i0", "x", "x"])
    prepared(tmp_path, replaced(rating=(10, None)))
    found = Manifest.read(tmp_path / "out").preparation["source"]["found"]
    assert found["interactions"]["known"] == {
        "user": 600, "item": 600, "rating": 590, "timestamp": 600, "weight": 0, "review": 0
    }  # fmt: skip
    assert found["interactions"]["timestamp"] == ["2020-01-01 00:00:00", "2020-12-12 15:26:40"]
    expected = {"records": 3, "repeated": 1, "wanted": 40, "joined": 1, "unused": 1}
    assert found["items"] == expected | {"example_absent": "i1", "example_unused": "x"}
    assert found["users"] is None
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())


def test_a_split_by_time_of_the_latest_of_repeated_interactions(tmp_path: Path) -> None:
    def again(records: list[dict[str, Any]]) -> None:
        records += [record | {"timestamp": record["timestamp"] + 1} for record in records[:9]]

    told = the_only(find(prepared(tmp_path, again, TemporalCut(), {"repeated": OneOfRepeated()})))
    assert told.startswith("filters.repeated dropped 9 interactions for the latest of the same user and item")
    assert "set filters.repeated.which=earliest" in told
    shutil.rmtree(tmp_path / "out")
    assert not find(prepared(tmp_path, again, TemporalCut(), {"repeated": OneOfRepeated("earliest")}))
    shutil.rmtree(tmp_path / "out")
    assert not find(prepared(tmp_path, again, RandomInteractions(), {"repeated": OneOfRepeated()}))
