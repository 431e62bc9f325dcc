"""From raw files to dataset folders."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from raw_files import many, source, write
from rlmrec.common.errors import UserError
from rlmrec.common.processes.locks import claimed
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest, StoredFile
from rlmrec.preparation import log_writing, staging
from rlmrec.preparation.filters import (
    Core,
    Filter,
    MinimumText,
    OneOfRepeated,
    RatingThreshold,
    UserSample,
)
from rlmrec.preparation.prepare import prepare_raw
from rlmrec.preparation.splits import (
    ColdEntities,
    LeaveLast,
    Orphans,
    RandomInteractions,
    RandomPerUser,
    Split,
    TemporalCut,
)

FILTERS: dict[str, Filter] = {
    "rating": RatingThreshold(2),
    "users": UserSample(0.9, seed=1),
    "repeated": OneOfRepeated(),
    "text": MinimumText(),
    "core": Core(3, 3),
}
SPLITS = {
    "random": RandomInteractions(seed=1),
    "per_user": RandomPerUser(seed=1),
    "temporal": TemporalCut(),
    "leave_last": LeaveLast(),
    "cold_items": ColdEntities("item", seed=1, orphans="drop"),
    "cold_users": ColdEntities("user", seed=1),
}
ITEMS = [{"item": f"i{number}", "title": f"Item {number}", "author": "A", "year": number} for number in range(20)]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write(folder / "reviews.jsonl", many())
    write(folder / "items.csv", ITEMS)
    return folder


def prepared(raw: Path, out: Path, split: Split, filters: dict[str, Filter] | None = None) -> Path:
    prepare_raw(
        source(raw, "reviews.jsonl", items="items.csv"), FILTERS if filters is None else filters, split, str(out)
    )
    return out


@pytest.mark.parametrize("name", SPLITS)
def test_every_split_gives_a_folder_that_loads(name: str, raw: Path, tmp_path: Path) -> None:
    folder = prepared(raw, tmp_path / "out", SPLITS[name])
    dataset = FolderDataset(str(folder)).load()
    users_without = int((np.diff(dataset.train.indptr) == 0).sum())
    assert (users_without > 0) == (name == "cold_users")
    assert Manifest.read(folder).allow_empty_training_rows == (name == "cold_users")
    assert not list(tmp_path.glob(".*")), "nothing is left over"


def test_nothing_is_lost_or_made_up(raw: Path, tmp_path: Path) -> None:
    """The folder's log, matrices and texts against the raw rows, filtered by plain Python."""
    folder = prepared(raw, tmp_path / "out", RandomInteractions(seed=1), FILTERS | {"users": UserSample(1.0)})
    rows = [row for row in many() if row["user"] is not None and row["rating"] >= 2]
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["user"], row["item"])
        if key not in latest or row["timestamp"] >= latest[key]["timestamp"]:
            latest[key] = row
    kept = [row for row in rows if latest[row["user"], row["item"]] is row]
    while True:
        users, items = Counter(row["user"] for row in kept), Counter(row["item"] for row in kept)
        frequent = [row for row in kept if users[row["user"]] >= 3 and items[row["item"]] >= 3]
        if len(frequent) == len(kept):
            break
        kept = frequent
    dataset = FolderDataset(str(folder)).load()
    log = pl.read_parquet(folder / "interactions.parquet")
    names = (dataset.users["external_id"].to_list(), dataset.items["external_id"].to_list())
    assert log["interaction"].to_list() == list(range(len(kept)))
    found = [
        {
            "user": names[0][row["user"]],
            "item": names[1][row["item"]],
            **{name: row[name] for name in ("rating", "timestamp", "review")},
        }
        for row in log.iter_rows(named=True)
    ]
    assert found == kept
    for part in ("train", "val", "test"):
        rows_of_part = log.filter(split=part)
        expected = sorted(zip(rows_of_part["user"], rows_of_part["item"], strict=True))
        assert sorted(zip(*getattr(dataset, part).tocoo().coords, strict=True)) == expected
    titles = {row["item"]: row["title"] for row in ITEMS}
    assert dataset.items["title"].to_list() == [titles.get(name, "") for name in names[1]]
    assert dataset.items["metadata"][0] == f"author: A; year: {names[1][0][1:]}"


def test_manifest_says_how(raw: Path, tmp_path: Path) -> None:
    folder = prepared(raw, tmp_path / "out", RandomInteractions(seed=1))
    manifest = Manifest.read(folder)
    about = manifest.preparation
    assert about["source"]["files"] == [
        {"name": name} | StoredFile.of(raw / name).model_dump() for name in ("reviews.jsonl", "items.csv")
    ]
    assert str(raw) not in (folder / "manifest.json").read_text()
    steps = about["filters"]
    assert [step["filter"] for step in steps] == ["complete", *FILTERS]
    assert steps[0]["before"]["interactions"] == len(many())
    assert steps[0]["after"]["interactions"] == len(many()) - 1
    assert steps[1]["at_least"] == 2
    for before, after in pairwise(steps):
        assert before["after"] == after["before"]
    assert steps[-1]["after"] == {
        "users": manifest.num_users,
        "items": manifest.num_items,
        "interactions": sum(manifest.interactions.values()),
    }
    assert about["split"]["kind"] == "RandomInteractions"
    assert about["split"]["seed"] == 1
    assert {"numpy", "scipy", "polars"} <= set(manifest.created_with)


def test_dropped_users_and_items_leave_no_gap(raw: Path, tmp_path: Path) -> None:
    folder = prepared(
        raw,
        tmp_path / "out",
        ColdEntities("item", (1, 4, 4), seed=1, orphans="drop"),
        {"r": OneOfRepeated()},
    )
    manifest = Manifest.read(folder)
    dropped = manifest.preparation["split"]
    assert dropped["without_training"]["users"] > 0
    assert dropped["interactions_dropped"] > 0
    log = pl.read_parquet(folder / "interactions.parquet")
    assert sorted(log["user"].unique()) == list(range(manifest.num_users))
    assert sorted(log["item"].unique()) == list(range(manifest.num_items))


BYTES = """
import sys
from raw_files import source
from preparation.test_prepare import SPLITS
from rlmrec.preparation.filters import Core, OneOfRepeated
from rlmrec.preparation.prepare import prepare_raw
filters = {"repeated": OneOfRepeated(), "core": Core(2, 2)}
prepare_raw(source(sys.argv[1], "large.csv"), filters, SPLITS["random"], sys.argv[2])
"""


def test_same_input_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    count = 200_000  # several parts of a Parquet file
    random = np.random.default_rng(0)
    numbers = {name: random.integers(0, high, count) for name, high in (("user", 9000), ("item", 4000), ("rating", 6))}
    table = pl.DataFrame(numbers | {"timestamp": np.arange(count) % 777})
    table.with_columns(review=pl.format("text {} of {}", "timestamp", "user")).write_csv(tmp_path / "large.csv")
    for threads in ("1", "3"):
        environment = os.environ | {
            "POLARS_MAX_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [sys.executable, "-c", BYTES, str(tmp_path), str(tmp_path / threads)]
        subprocess.run(command, check=True, env=environment, capture_output=True)
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / threads).iterdir()} for threads in ("1", "3")
    )
    assert len(first) == 7
    for name, content in first.items():
        assert content == second[name], name


def test_parts_of_the_log_fit_together(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = prepared(raw, tmp_path / "whole", RandomInteractions(seed=1))
    for module in (staging, log_writing):
        monkeypatch.setattr(module, "ROW_GROUP", 7)
    parts = prepared(raw, tmp_path / "parts", RandomInteractions(seed=1))
    file = "interactions.parquet"
    assert pl.read_parquet(parts / file).equals(pl.read_parquet(whole / file))


def test_nothing_is_written_on_a_mistake(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"filters.core leaves nothing of \d+ interactions"):
        prepared(raw, tmp_path / "out", RandomInteractions(), FILTERS | {"core": Core(100, 100)})
    assert not list(tmp_path.iterdir())


def test_existing_folder_is_left_alone(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match="exists already"):
        prepared(raw, tmp_path / "out", RandomInteractions())
    assert not list((tmp_path / "out").iterdir())


def test_repeated_interactions_are_refused_without_their_filter(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\d+ interactions repeat .* filters\.repeated"):
        prepared(raw, tmp_path / "out", RandomInteractions(), {})
    assert not list(tmp_path.iterdir())


def test_two_at_once_do_not_meet(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    with claimed(out), pytest.raises(UserError, match=r"another command writes .*out now"):
        prepared(raw, out, RandomInteractions())
    assert not list(out.parent.iterdir())
    prepared(raw, out, RandomInteractions())
    assert [path.name for path in out.parent.iterdir()] == ["out"]


FULL = """
import resource, sys
from preparation.test_prepare import FILTERS, RandomInteractions, prepared
from pathlib import Path
from rlmrec.common.errors import UserError
from rlmrec.preparation import prepare
if sys.argv[3] == "late":
    write_log = prepare.write_log
    def limited(*arguments):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        write_log(*arguments)
    prepare.write_log = limited
else:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    prepared(Path(sys.argv[1]), Path(sys.argv[2]), RandomInteractions(), FILTERS)
except UserError as error:
    sys.stdout.write(str(error)[-200:])
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_full_disk_is_told_as_such(when: str, raw: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", FULL, str(raw), str(tmp_path / "out"), when]
    ended = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert "out cannot be written, there is no room left beside it" in ended.stdout, ended.stderr
    assert not list(tmp_path.iterdir())


def test_manifest_is_plain_json(raw: Path, tmp_path: Path) -> None:
    folder = prepared(raw, tmp_path / "out", ColdEntities("user", seed=1))
    assert json.loads((folder / "manifest.json").read_text())["preparation"]["split"]["shares"] == [8, 1, 1]


@dataclass(frozen=True)
class Wrong:
    """A split whose parts are as given."""

    parts: tuple[int, ...] | None = None
    orphans: Orphans = "move"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        return np.zeros(len(log)) + 3 if self.parts is None else np.array(self.parts)


class Loose:
    """A split that does not say what its options are."""

    orphans: Orphans = "move"

    def assign(self, log: pl.DataFrame) -> np.ndarray:
        return np.arange(len(log)) % 3


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (Wrong(), r"Wrong.assign must return 0, 1, 2 for each of \d+ rows"),
        (Wrong((0, 1, 2)), r"Wrong.assign must return 0, 1, 2 for each of \d+ rows"),
        (Loose(), "Loose must be a dataclass"),
    ],
)
def test_a_split_of_ones_own_is_told_what_it_lacks(split: Split, message: str, raw: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        prepared(raw, tmp_path / "data", split)
    assert not (tmp_path / "data").exists()
