"""The entry point: recipes, sources, splits, checks and mistakes."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import real_data
from raw_files import many, write
from rlmrec import compose
from rlmrec.cli import prepare_data, train
from rlmrec.common.config_files import choices
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest
from rlmrec.options.validate_options import validate_options
from tiny import command, train_arguments

SMALL = ("filters.core.users=2", "filters.core.items=2")


@pytest.mark.parametrize("split", choices("split"))
@pytest.mark.parametrize("source", ["table", "recbole"])
def test_every_source_and_split_composes(source: str, split: str) -> None:
    needed = {"table": ["source.interactions=x"], "recbole": ["source.root=x", "source.name=y"]}[source]
    validate_options(compose([f"source={source}", f"split={split}", "seed=7", *needed], "prepare_data"))


def test_recipes_are_what_the_authors_state() -> None:
    assert choices("recipe") == ["amazon", "steam", "yelp"]
    for name, share, at_least in (("amazon", 0.2, 3), ("yelp", 0.25, 3), ("steam", 0.25, None)):
        options = compose([f"recipe={name}", "source.root=x"], "prepare_data")
        validate_options(options)
        assert options["source"]["name"] == name
        assert options["filters"]["rating"]["at_least"] == at_least
        assert options["filters"]["users"]["share"] == share
        assert (options["filters"]["core"]["users"], options["filters"]["core"]["items"]) == (10, 10)
        assert options["split"]["_target_"].endswith("RandomInteractions")
        assert options["split"]["shares"] == [3, 1, 1]
        order = list(options["filters"])
        assert order.index("rating") < order.index("users") < order.index("core")


def test_help_names_every_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(prepare_data, "--help") == 0
    printed = capsys.readouterr().out
    for group in ("source", "split", "recipe"):
        line = next(line for line in printed.splitlines() if line.startswith(f"{group}: "))
        assert set(choices(group)) <= set(line.replace(",", " ").replace(":", " ").split())


def test_a_filter_can_be_left_out(tmp_path: Path) -> None:
    write(tmp_path / "r.csv", many())
    arguments = [
        f"source.interactions={tmp_path}/r.csv",
        f"out={tmp_path / 'data'}",
        "filters.core=null",
        "~filters.text",
    ]
    assert command(prepare_data, *arguments) == 0
    steps = Manifest.read(tmp_path / "data").preparation["filters"]
    assert [step["filter"] for step in steps] == ["complete", "rating", "period", "users", "repeated"]


def test_all_filters_can_be_left_out(tmp_path: Path) -> None:
    rows = [{"user": f"u{n % 9}", "item": f"i{n // 9}", "rating": 1, "timestamp": n, "review": ""} for n in range(81)]
    write(tmp_path / "r.csv", rows)
    assert command(prepare_data, f"source.interactions={tmp_path}/r.csv", f"out={tmp_path}/data", "filters=null") == 0
    assert sum(Manifest.read(tmp_path / "data").interactions.values()) == 81


def test_from_a_csv_to_a_trained_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "reviews.csv", many())
    out = tmp_path / "data"
    arguments = ["source.interactions=reviews.csv", f"source.root={tmp_path}", f"out={out}", "source.name=mine", *SMALL]
    assert command(prepare_data, *arguments, "filters.rating.at_least=2") == 0
    printed = capsys.readouterr().out
    assert "what the filters left" in printed
    assert "rating at_least=2" in printed
    assert "found in the raw files: 420 records" in printed
    assert "│ timestamp │   420 │          0 │ 1970-01-01 00:16:" in printed
    *_, warning, last, following = printed.strip().splitlines()
    assert warning.startswith("  times go from 1970-01-01 00:16:")
    assert last == f"{out}: no problems, 1 warning"
    assert following.startswith("next: ")
    assert command(prepare_data, f"check={out}") == 0, "warnings are no problems"
    assert printed.endswith(f"{capsys.readouterr().out}{following}\n"), "the check shows the same"
    assert command(train, *train_arguments(out, tmp_path / "run"), "align=none", "trainer.max_epochs=1") == 0


@pytest.mark.parametrize("split", [name for name in choices("split") if name != "given"])
def test_every_split_gives_a_folder_that_loads(split: str, tmp_path: Path) -> None:
    write(tmp_path / "reviews.jsonl.gz", many())
    out = tmp_path / "data"
    arguments = [f"source.interactions={tmp_path}/reviews.jsonl.gz", f"out={out}", f"split={split}", *SMALL]
    assert command(prepare_data, *arguments) == 0
    assert FolderDataset(str(out)).load().num_users > 0


def records(count: int) -> list[tuple[str, str, int, int]]:
    random = np.random.default_rng(0)
    return [
        (f"U{u}", f"I{i}", int(r), n) for n, (u, i, r) in enumerate(random.integers((0, 0, 1), (40, 30, 6), (count, 3)))
    ]


def pack(path: Path, lines: list[str]) -> None:
    content = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def amazon(folder: Path) -> None:
    keys, more = ("reviewerID", "asin", "overall", "unixReviewTime"), {"reviewText": "Fine.", "helpful": [0, 1]}
    pack(
        folder / "reviews_Books.json.gz",
        [json.dumps(dict(zip(keys, row, strict=True)) | more) for row in records(2500)],
    )
    item = "{{'asin': 'I{0}', 'title': 'Title {0}', 'categories': [['Books', 'Art']], 'salesRank': {{'Books': 1}}}}"
    others = ["{'asin': 'other', 'brand': 'B'}", "{'description': 'of nothing'}"]
    pack(folder / "meta_Books.json.gz", [item.format(number) for number in range(30)] + others)


def yelp(folder: Path) -> None:
    keys = ("user_id", "business_id", "stars", "useful")
    reviews = [dict(zip(keys, row, strict=True)) for row in records(2500)]
    more = [{"text": "Fine.", "date": f"2020-01-01 00:{review['useful'] % 60:02d}:00"} for review in reviews]
    lines = [json.dumps(review | rest) for review, rest in zip(reviews, more, strict=True)]
    pack(folder / "yelp_academic_dataset_review.json", lines)
    place = {"city": "C", "state": "S", "stars": 4.5, "categories": "Books, Art", "attributes": {"WiFi": "u'free'"}}
    shops = [json.dumps({"business_id": f"I{number}", "name": f"Title {number}"} | place) for number in range(30)]
    pack(folder / "yelp_academic_dataset_business.json", shops)


def steam(folder: Path) -> None:
    more = {"date": "2018-01-08", "text": "Fine.", "hours": 0.1}
    reviews = [repr({"username": user, "product_id": item} | more) for user, item, *_ in records(2500)]
    pack(folder / "steam_reviews.json.gz", reviews)
    words = {"developer": "D", "publisher": "P", "release_date": "2018", "tags": ["T"], "specs": ["S"], "price": 1.5}
    words |= {"genres": ["Art", "Books"], "sentiment": "Mixed"}
    games = [repr({"id": f"I{number}", "app_name": f"Title {number}"} | words) for number in range(30)]
    pack(folder / "steam_games.json.gz", games)


@pytest.mark.parametrize(
    ("recipe", "write_raw", "metadata"),
    [
        ("amazon", amazon, "categories: Books, Art"),
        ("yelp", yelp, "categories: Books, Art; city: C; state: S; attributes: WiFi: u'free'"),
        ("steam", steam, "developer: D; publisher: P; release date: 2018; genres: Art, Books; tags: T; specs: S"),
    ],
)
def test_recipes_on_files_of_the_published_formats(recipe: str, write_raw: Any, metadata: str, tmp_path: Path) -> None:
    write_raw(tmp_path)
    out = tmp_path / "data"
    arguments = [f"recipe={recipe}", f"source.root={tmp_path}", f"out={out}", "filters.core.items=3"]
    assert command(prepare_data, *arguments) == 0
    dataset = FolderDataset(str(out)).load()
    assert dataset.num_users == {"amazon": 8}.get(recipe, 10)
    assert set(dataset.items["metadata"]) == {metadata}
    assert all(title.startswith("Title ") for title in dataset.items["title"])
    log = pl.read_parquet(out / "interactions.parquet")
    assert set(log["review"]) == {"Fine."}
    assert log["timestamp"].null_count() == 0
    ratings = set(log["rating"])
    assert ratings == ({None} if recipe == "steam" else {3, 4, 5})
    counts = np.bincount(log["user"])
    assert counts.min() >= 10
    parts = [len(log.filter(split=split)) / len(log) for split in ("train", "val", "test")]
    assert np.allclose(parts, (0.6, 0.2, 0.2), atol=0.03)


def test_xrec_yelp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = real_data.folder("xrec_yelp"), tmp_path / "data"
    assert command(prepare_data, "source=xrec_yelp", f"source.root={root}", f"out={out}") == 0
    dataset = FolderDataset(str(out)).load()
    assert (dataset.num_users, dataset.num_items) == (2228, 2473)
    assert (dataset.train.nnz, dataset.val.nnz, dataset.test.nnz) == (28089, 3533, 3451)
    assert Manifest.read(out).allow_empty_training_rows
    assert Manifest.read(out).preparation["source"]["files"][0]["name"] == "sub_trn.npz"
    assert dataset.users["external_id"][0] == "0"
    refused = [f"out={tmp_path / 'other'}", "allow_empty_training_rows=false"]
    assert command(prepare_data, "source=xrec_yelp", f"source.root={root}", *refused) == 1
    assert "6 users have no training interaction" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mistake", "code", "says"),
    [
        ([], 1, ["set source.interactions and out", "--help"]),
        (["out=x", "source.interactions=nowhere.csv"], 1, ["source.interactions: there is no file", "nowhere.csv"]),
        (["out=x", "source=recbole"], 1, ["set source.name and source.root"]),
        (["out=x", "source=xrec_yelp", "source.root=nowhere"], 1, ["nowhere lacks sub_trn.npz"]),
        (["out=x", "source.interactions=r.csv", "filters.users.share=2"], 1, ["filters.users.share=2", "less than"]),
        (["out=x", "source.interactions=r.csv", "filters.core.users=-1"], 1, ["filters.core.users=-1"]),
        (["out=x", "source.interactions=r.csv", "split.shares=[3,1]"], 1, ["split.shares=[3, 1]"]),
        (["out=x", "source.interactions=r.csv", "split=timely"], 2, ["split/timely", "temporal"]),
        (["out=x", "source.interactions=r.csv", "filters.core.user=3"], 2, ["unknown option 'filters.core.user'"]),
        (["out=x", "source.interactions=r.csv", "source.columns.user=who"], 1, ["no column who", "it has user, item"]),
        (["out=x", "source.interactions=r.csv", "filters.complete=null"], 2, ["unknown option 'filters.complete'"]),
        (["out=x", "source.interactions=r.csv", "split=cold_items", "split.orphans=move"], 1, ["split.orphans='move'"]),
        (["out=x", "source.interactions=r.csv", "split=temporal", "split.orphans=move"], 1, ["split.orphans='move'"]),
        (["check=nowhere"], 1, ["nowhere is not a folder"]),
    ],
)
def test_mistakes(
    mistake: list[str],
    code: int,
    says: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "r.csv", many())
    assert command(prepare_data, *mistake) == code
    printed = capsys.readouterr().err
    for words in says:
        assert words in printed
    assert "Traceback" not in printed
    assert len(printed.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"], "nothing was written"


def test_check_ends_with_1_on_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "r.csv", many())
    out = tmp_path / "data"
    assert command(prepare_data, f"source.interactions={tmp_path}/r.csv", f"out={out}", *SMALL) == 0
    (out / "test.npz").write_bytes((out / "val.npz").read_bytes())
    capsys.readouterr()
    assert command(prepare_data, f"check={out}") == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[0].endswith(f" problems in {out}:")
    assert any("are in both val and test" in line for line in lines[1:])
    assert any("test.npz is not the file" in line for line in lines[1:])
