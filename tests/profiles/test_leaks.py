import asyncio
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import reviewed
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data import interaction_log
from rlmrec.data.folder import FolderDataset
from rlmrec.data.manifest import Manifest, StoredFile
from rlmrec.data.updating import SOURCES, update_profiles
from rlmrec.profiles import ProfileJob, evidence, leaks
from rlmrec.profiles.backends.template import TemplateWriter
from rlmrec.profiles.prompts import Prompts


def job(folder: Path, **more: Any) -> ProfileJob:
    return ProfileJob(str(folder), TemplateWriter(), Prompts("generic"), **more)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder = reviewed.write(tmp_path / "data")
    job(folder).write()
    return folder


def replace(folder: Path, file: str, table: pl.DataFrame) -> None:
    """Put a table in place of a file, as somebody would who means to."""
    table.write_parquet(folder / file)
    manifest = Manifest.read(folder)
    manifest.files[file] = StoredFile.of(folder / file)
    manifest.write(folder)


def interaction(folder: Path, split: str, **of: int) -> int:
    log = pl.read_parquet(folder / interaction_log.FILE).filter(split=split, **of)
    return log["interaction"].to_list()[0]


def test_profiles_as_written_pass(written: Path) -> None:
    log = pl.read_parquet(written / interaction_log.FILE)
    table = pl.read_parquet(written / SOURCES)
    recorded = set(table["interactions"].explode().drop_nulls())
    assert recorded == set(log.filter(split="train")["interaction"]), "the folder is small enough to tell of all"
    assert leaks.check(written) == len(recorded)


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("kind", ["item", "user"])
def test_an_interaction_of_another_split(split: str, kind: str, written: Path) -> None:
    log = pl.read_parquet(written / interaction_log.FILE).filter(split=split)
    number, entity = log.select("interaction", kind).row(0)
    table = pl.read_parquet(written / SOURCES)
    here = (pl.col("kind") == kind) & (pl.col("id") == entity)
    more = pl.when(here).then(pl.concat_list("interactions", pl.lit(number))).otherwise("interactions")
    replace(written, SOURCES, table.with_columns(more.alias("interactions")))
    with pytest.raises(UserError, match=f"leak: the profile of {kind} {entity} .* interaction {number}, .*training"):
        leaks.check(written)


def test_a_log_that_calls_held_out_interactions_training(tmp_path: Path) -> None:
    """The split matrices have a say too: the run stops before anything reaches the folder."""
    folder = reviewed.write(tmp_path / "data")
    log = pl.read_parquet(folder / interaction_log.FILE)
    relabelled = pl.when(pl.col("split") == "test").then(pl.lit("train")).otherwise("split").alias("split")
    replace(folder, interaction_log.FILE, log.with_columns(relabelled))
    with pytest.raises(UserError, match=r"leak: .* not in train.npz"):
        job(folder).write()
    assert FolderDataset(str(folder)).load().items["profile"].to_list() == [""] * 8
    assert not (folder / SOURCES).exists()


def test_a_writer_that_looks_at_all_splits_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = reviewed.write(tmp_path / "data")
    honest = evidence.read_log(folder, FolderDataset(str(folder)).load())
    leaky = honest.with_columns(split=pl.lit("train"))
    build = evidence.Evidence
    monkeypatch.setattr("rlmrec.profiles.job.Evidence", lambda dataset, log, *rest: build(dataset, leaky, *rest))
    with pytest.raises(UserError, match=r"leak: .* not one of training"):
        job(folder).write()
    assert not (folder / SOURCES).exists()


def test_unknown_interactions_and_those_of_others(written: Path) -> None:
    table = pl.read_parquet(written / SOURCES)
    for wrong, says in ((10**6, "not in the log"), (interaction(written, "train", user=1), "belongs to another")):
        first = pl.when((pl.col("kind") == "user") & (pl.col("id") == 0)).then(pl.lit([wrong]))
        replace(written, SOURCES, table.with_columns(first.otherwise("interactions").alias("interactions")))
        with pytest.raises(UserError, match=f"leak: the profile of user 0 .*{says}"):
            leaks.check(written)


def test_profiles_of_which_the_record_does_not_tell(written: Path) -> None:
    items = pl.read_parquet(written / "items.parquet")
    replace(written, "items.parquet", items.with_columns(profile=pl.lit("from somewhere else")))
    with pytest.raises(UserError, match="has no record of the profile of item 0"):
        leaks.check(written)
    update_profiles(written, ["a"] * 12, ["b"] * 8, {})
    with pytest.raises(MissingFilesError, match=SOURCES):
        leaks.check(written)


def test_prompts_hold_training_reviews_only(tmp_path: Path) -> None:
    folder = reviewed.write(tmp_path / "data")
    with job(folder).open() as opened:
        requests = [*opened.requests.items(), *opened.requests.users({})]
        text = "".join(request.text for request in requests)
        assert "in train" in text
        assert "in val" not in text
        assert "in test" not in text
        log = pl.read_parquet(folder / interaction_log.FILE)
        for request in requests:
            said = [name for name in log["review"] if name in request.text]
            assert set(said) == set(log[list(request.interactions)]["review"]), "what is told is what is recorded"


def test_samples_follow_from_the_seed_and_are_bounded(tmp_path: Path) -> None:
    folder = reviewed.write(tmp_path / "data", num_users=40)
    sampling = evidence.Sampling(item_reviews=3, user_items=2, review_characters=6)

    def drawn(seed: int) -> list[tuple[int, ...]]:
        with job(folder, sampling=sampling, seed=seed).open() as opened:
            requests = [*opened.requests.items(), *opened.requests.users({})]
            assert all("review of" not in request.text for request in requests)
            assert {len(request.interactions) for request in requests if request.kind == "item"} == {3}
            assert max(len(request.interactions) for request in requests if request.kind == "user") == 2
            return [request.interactions for request in requests]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_same_bytes_twice_also_within_a_running_loop(tmp_path: Path) -> None:
    first, second = (reviewed.write(tmp_path / name) for name in ("first", "second"))
    job(first).write()

    async def notebook() -> None:
        job(second).write()

    asyncio.run(notebook())
    for file in ("manifest.json", SOURCES, "users.parquet", "items.parquet", "profiles/answers.jsonl"):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_a_folder_without_a_log_of_interactions(tmp_path: Path) -> None:
    folder = reviewed.write(tmp_path / "data")
    (folder / interaction_log.FILE).unlink()
    manifest = Manifest.read(folder)
    del manifest.files[interaction_log.FILE]
    manifest.write(folder)
    job(folder).write()
    assert leaks.check(folder) > 0
    assert all(FolderDataset(str(folder)).load().users["profile"])
