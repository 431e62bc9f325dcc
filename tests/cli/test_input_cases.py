"""Small inputs that were once read wrongly, through the command: each stands for a kind of mistake."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from rlmrec.cli import encode_text, prepare_data, train, write_profiles
from tiny import command, train_arguments

GRID = [(f"u{user}", f"i{item}") for user in range(8) for item in range(6)]
LOG = "user,item,rating\n" + "".join(f"{user},{item},5\n" for user, item in GRID)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the command runs, with file names as a user gives them."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepare(interactions: str, *more: str, out: str = "out") -> int:
    arguments = [f'source.interactions="{interactions}"', f'out="{out}"', "filters.core=null", *more]
    return command(prepare_data, *arguments)


def ids(kind: str, out: str = "out") -> list[str]:
    return pl.read_parquet(Path(out, f"{kind}.parquet"), glob=False)["external_id"].to_list()


def log(out: str = "out") -> pl.DataFrame:
    return pl.read_parquet(Path(out, "interactions.parquet"), glob=False)


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command printed before it ended."""
    assert not Path("out").exists()
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return line


def with_line(text: str, number: int, line: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[: number - 1], line, *lines[number:]]) + "\n"


def test_a_long_record_does_not_shift_ids(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "comment,user,item,note\n" + "".join(f"ok,{user},{item},n\n" for user, item in GRID)
    (here / "x.csv").write_text(with_line(text, 29, "Great, loved it,u3,i3,n"))
    assert prepare("x.csv") == 1
    assert "x.csv record 28 (line 29) has 5 values for 4 columns, beginning 'Great'" in refusal(capsys)


def test_a_quote_in_an_unused_column_swallows_nothing(here: Path) -> None:
    text = "user,item,rating,comment\n" + "".join(f"{user},{item},5,fine\n" for user, item in GRID)
    text = with_line(with_line(text, 12, 'u1,i4,5,a 12" record'), 33, 'u5,i1,5,a 12" record')
    (here / "inch.csv").write_text(text)
    assert prepare("inch.csv") == 0
    assert len(log()) == 48
    assert ids("users") == [f"u{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("name", "separator", "first", "second", "says"),
    [
        ("x.csv", ",", '"12 inch', 'a 12"', "x.csv lines 12 to 33 are one record if its quotes hold a value together"),
        ("x.tsv", "\t", '"12 inch', 'a 12"', "x.tsv lines 12 to 33 are one record"),
        ("x.tsv", "\t", '"Weird" Al', "x", "x.tsv line 12: '\t' expected after"),
        ("x.csv", ";", "x", '"never closed', "x.csv line 33: a value that begins with a quote is never closed"),
    ],
)
def test_quotes_that_mean_nothing_are_asked_about(
    name: str, separator: str, first: str, second: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["user,item,comment", *(f"{user},{item},fine" for user, item in GRID)]
    lines[11], lines[32] = f"u1,i4,{first}", f"u5,i1,{second}"
    (here / name).write_text("".join(line.replace(",", separator) + "\n" for line in lines))
    assert prepare(name) == 1
    printed = refusal(capsys)
    assert says in printed
    assert "source.quoting=false" in printed
    assert prepare(name, "source.quoting=false") == 0
    assert len(log()) == 48


def test_ids_in_floating_point_columns_join_and_nan_is_no_user(here: Path) -> None:
    pairs = [(float(user), float(item)) for user in range(8) for item in range(8)]
    pairs += [(float("nan"), float(item)) for item in range(8)]
    pl.DataFrame(pairs, schema=["user", "item"], orient="row").with_columns(rating=5.0).write_parquet("x.parquet")
    (here / "items.csv").write_text("item,title\n" + "".join(f"{n},T{n}\n" for n in range(8)))
    assert prepare("x.parquet", "source.items=items.csv") == 0
    assert ids("users") == ids("items") == [str(n) for n in range(8)]
    assert pl.read_parquet("out/items.parquet")["title"].to_list() == [f"T{n}" for n in range(8)]
    found = json.loads(Path("out/manifest.json").read_text())["preparation"]
    assert found["filters"][0]["before"]["interactions"] - found["filters"][0]["after"]["interactions"] == 8


def test_brackets_in_a_name_are_no_pattern(here: Path) -> None:
    (here / "reviews1.csv").write_text(LOG.replace("u", "other").replace("other", "u", 1))
    (here / "reviews[1].csv").write_text(LOG.replace("u", "mine").replace("mine", "u", 1))
    (here / "items1.csv").write_text("item,title\ni0,wrong\n")
    (here / "items[1].csv").write_text("item,title\ni0,right\n")
    assert prepare("reviews[1].csv", 'source.items="items[1].csv"') == 0
    assert ids("users") == [f"mine{n}" for n in range(8)]
    assert pl.read_parquet("out/items.parquet")["title"][0] == "right"
    files = json.loads(Path("out/manifest.json").read_text())["preparation"]["source"]["files"]
    assert [file["name"] for file in files] == ["reviews[1].csv", "items[1].csv"]


def test_a_pattern_is_told_as_such(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        (here / f"reviews{number}.csv").write_text(LOG.replace("u", f"{number}u").replace(f"{number}u", "u", 1))
    assert prepare("reviews*.csv") == 1
    assert "there is no file reviews*.csv; to read all files that match a pattern: source.interactions='glob:" in (
        refusal(capsys)
    )
    assert prepare("glob:reviews*.csv") == 0
    assert ids("users") == [f"{number}u{n}" for number in (1, 2) for n in range(8)]


def test_json_keeps_what_texts_say(here: Path) -> None:
    description = ['He said "hi"\nNext line, café € {x} C:\\temp\ttab']
    rows = [{"user": user, "item": item} for user, item in GRID]
    (here / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    items = [{"item": "i0", "description": description, "plain": '[sic] he said "hi" {ok}', "details": {"Brand": "A"}}]
    (here / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in items))
    metadata = "source.item_columns.metadata=[description,plain,details]"
    assert prepare("x.jsonl", "source.items=items.jsonl", metadata) == 0
    said = 'He said "hi" Next line, café € {x} C:\\temp tab'
    metadata = pl.read_parquet("out/items.parquet")["metadata"][0]
    assert metadata == f'description: {said}; plain: [sic] he said "hi" {{ok}}; details: Brand: A'


@pytest.mark.parametrize("scale", [1_000, 1_000_000, 1_000_000_000])
def test_the_later_within_a_second_is_the_latest(scale: int, here: Path) -> None:
    start = 1_500_000_000 * scale
    lines = [f"{u},{i},{r},{start + part * scale // 10}" for u, i in GRID for r, part in ((5, 9), (1, 1))]
    (here / "x.csv").write_text("user,item,rating,timestamp\n" + "".join(f"{line}\n" for line in lines))
    assert prepare("x.csv") == 0
    assert log()["rating"].to_list() == [5.0] * len(GRID)
    assert log()["timestamp"].unique().to_list() == [1_500_000_000]


@pytest.mark.parametrize("split", ["temporal", "leave_last"])
def test_splits_by_time_see_parts_of_seconds(split: str, here: Path) -> None:
    """The times run against the file's order within one second."""
    order = [*range(len(GRID))][::-1]
    lines = [f"{u},{i},{1_500_000_000_000 + n}" for (u, i), n in zip(GRID, order, strict=True)]
    (here / "x.csv").write_text("user,item,timestamp\n" + "".join(f"{line}\n" for line in lines))
    orphans = ["split.orphans=keep"] if split == "temporal" else []
    assert prepare("x.csv", f"split={split}", *orphans) == 0
    parts = log()["split"].to_list()
    if split == "temporal":
        assert parts == ["test"] * 9 + ["val"] * 10 + ["train"] * 29
    else:
        assert parts == ["test", "val", *["train"] * 4] * 8


def test_microseconds_are_recognised_and_not_taken_for_milliseconds(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{u},{i},{1518034063000000 + n * 10**12}" for n, (u, i) in enumerate(GRID)]
    (here / "x.csv").write_text("user,item,timestamp\n" + "".join(f"{line}\n" for line in lines))
    assert prepare("x.csv", "source.timestamp_format=milliseconds") == 1
    assert "looks like microseconds, not milliseconds: set source.timestamp_format='microseconds'" in refusal(capsys)
    assert prepare("x.csv") == 0
    assert log()["timestamp"].to_list() == [1518034063 + n * 10**6 for n in range(len(GRID))]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_ratings_that_are_no_numbers_reach_no_threshold(ending: str, here: Path) -> None:
    ratings = [float("nan") if n % 3 == 0 else 5.0 for n in range(len(GRID))]
    table = pl.DataFrame(GRID, schema=["user", "item"], orient="row").with_columns(rating=pl.Series(ratings))
    table.write_csv("x.csv") if ending == "csv" else table.write_parquet("x.parquet")
    assert prepare(f"x.{ending}", "filters.rating.at_least=3") == 0
    assert log()["rating"].to_list() == [5.0] * 32


def test_infinite_ratings_are_refused_or_unknown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "x.csv").write_text(with_line(LOG, 5, "u0,i3,inf"))
    assert prepare("x.csv") == 1
    assert "x.csv record 4: rating 'inf' is no number (1 such records)" in refusal(capsys)
    assert prepare("x.csv", "source.unreadable_values=unknown", "filters.rating.at_least=3") == 0
    assert len(log()) == 47


@pytest.mark.parametrize("out", ["data[v2]", "data*", "d?", "a b", "[a-z]"])
def test_any_name_of_a_dataset_folder(out: str, here: Path) -> None:
    (here / "x.csv").write_text(LOG)
    assert prepare("x.csv", out=out) == 0
    assert ids("users", out) == [f"u{n}" for n in range(8)]
    assert command(prepare_data, f'check="{out}"') == 0


def test_brackets_all_the_way(here: Path) -> None:
    """Raw folder, dataset folder and run folder; from raw files to a trained model."""
    raw = here / "raw[1]"
    raw.mkdir()
    pairs = [f"u{user}\ti{item}\n" for user in range(12) for item in range(40) if (user + item) % 4 == 0]
    (raw / "log.inter").write_text("user_id:token\titem_id:token\n" + "".join(pairs))
    (raw / "log.item").write_text("item_id:token\ttitle:token_seq\tgenre:token_seq\ni0\tToy Story\tWar Crime\n")
    recbole = ["source=recbole", 'source.root="raw[1]"', "source.name=log", "source.item_metadata=[genre]"]
    assert command(prepare_data, *recbole, 'out="data[1]"', "filters.core=null", "split=random_per_user") == 0
    items = pl.read_parquet(here / "data[1]" / "items.parquet", glob=False)
    assert items.select("title", "metadata").row(0) == ("Toy Story", "genre: War, Crime")
    assert command(write_profiles, 'folder="data[1]"') == 0
    assert command(encode_text, 'folder="data[1]"', "encoder=random") == 0
    run = ['dataset.root="data[1]"', 'hydra.run.dir="run[1]"', "align=contrastive", "trainer.max_epochs=1"]
    assert command(train, *train_arguments(here / "data", here / "run"), *run) == 0
    assert (here / "run[1]" / "metrics.json").is_file()


def write_split(folder: Path, rows: dict[str, Sequence[tuple[str, str]]], ending: str) -> dict[str, Any]:
    for part, pairs in rows.items():
        (folder / f"{part}.{ending}").write_text("user,item\n" + "".join(f"{u},{i}\n" for u, i in pairs))
    return {part: f"{part}.{ending}" for part in rows}


def test_the_split_of_the_source_stays(here: Path) -> None:
    parts = {"train": GRID[:24] + GRID[30:], "test": GRID[24:30]}
    files = ",".join(f"{part}:{name}" for part, name in write_split(here, parts, "csv").items())
    arguments = [f"source.interactions={{{files}}}", "out=out", "filters.core=null", "split=given"]
    assert command(prepare_data, *arguments, "split.val_share=0.2") == 0
    found = log().select("user", "item", "split").rows()
    users, items = ids("users"), ids("items")
    assert [(users[u], items[i]) for u, i, part in found if part == "test"] == parts["test"]
    assert sum(part == "val" for *_, part in found) == pytest.approx(0.2 * len(parts["train"]), abs=3)
