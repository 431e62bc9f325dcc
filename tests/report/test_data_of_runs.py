"""Runs on different data are kept apart, and users without external ids are paired by number where that is right."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import tiny
from made_up_runs import write
from rlmrec import compose, train
from rlmrec.data.writing import write_folder
from rlmrec.report import significance, tables
from rlmrec.report.build import Report
from rlmrec.report.comparison import baseline, compare
from rlmrec.report.finished_run import find
from rlmrec.report.setting import group_runs
from tiny import FAST

HERE, THERE = "1" * 64, "2" * 64
TEXT, OTHER_TEXT = "3" * 64, "4" * 64


def names(folder: Path) -> list[str]:
    return [setting.name for setting in group_runs(find([str(folder)])[0])[0]]


def test_folders_of_one_name_with_different_interactions_are_two_datasets(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1, fingerprints={"interactions": HERE}, dataset__root="/a/data")
    write(tmp_path / "b", seed=2, fingerprints={"interactions": THERE}, dataset__root="/b/data")
    write(tmp_path / "c", "contrastive", 1, fingerprints={"interactions": THERE}, dataset__root="/b/data")
    report = Report([str(tmp_path)], None)
    assert [setting.name for setting in report.data.settings] == [
        "books (interactions 11111111) · lightgcn · none",
        "books (interactions 22222222) · lightgcn · none",
        "books (interactions 22222222) · lightgcn · contrastive",
    ]
    assert len(report.data.references()) == 2, "figures keep them apart too"
    assert len(tables.results(report.data.compared, ["recall@20"])) == 2
    one, two, aligned = report.data.settings
    assert baseline(aligned, [one, two, aligned]) is two
    assert any("2 different sets of interactions" in line for line in report.data.warnings)


def test_options_tell_data_apart_where_they_can(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1, fingerprints={"interactions": HERE}, dataset__num_readers=200)
    write(tmp_path / "b", seed=2, fingerprints={"interactions": THERE}, dataset__num_readers=300)
    assert names(tmp_path) == ["books (num_readers=200) · lightgcn · none", "books (num_readers=300) · lightgcn · none"]


def test_the_same_data_in_other_places_are_one(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1, fingerprints={"interactions": HERE}, dataset__root="/here/books")
    write(tmp_path / "b", seed=2, fingerprints={"interactions": HERE}, dataset__root="/there/books")
    assert names(tmp_path) == ["books · lightgcn · none"]


def test_runs_without_a_fingerprint_are_not_averaged_with_others(tmp_path: Path) -> None:
    write(tmp_path / "a", seed=1, fingerprints={"interactions": HERE})
    write(tmp_path / "b", seed=2)
    report = Report([str(tmp_path)], None)
    assert len(report.data.settings) == 2
    assert any("interactions of 1 run of an earlier version are not recorded" in line for line in report.data.warnings)


def test_other_profile_embeddings_are_another_setting(tmp_path: Path) -> None:
    for seed, text in ((1, TEXT), (2, TEXT), (3, OTHER_TEXT)):
        prints = {"interactions": HERE, "profile_embeddings": text}
        write(tmp_path / str(seed), "contrastive", seed, fingerprints=prints)
        write(tmp_path / f"n{seed}", "none", seed, fingerprints=prints)
    assert names(tmp_path) == [
        "books · lightgcn · none",
        "books · lightgcn · contrastive, profile_embeddings=33333333",
        "books · lightgcn · contrastive, profile_embeddings=44444444",
    ]


def test_an_option_that_tells_texts_apart_is_enough(tmp_path: Path) -> None:
    for name, text in (("x", TEXT), ("y", OTHER_TEXT)):
        prints = {"interactions": HERE, "profile_embeddings": text}
        write(tmp_path / name, "contrastive", fingerprints=prints, dataset__root=f"/some/{name}")
    assert names(tmp_path) == [f"books · lightgcn · contrastive, dataset.root={name}" for name in ("x", "y")]


def nameless(folder: Path, align: str, interactions: str | None) -> None:
    users = {str(number): number / 100 + (align != "none") * 0.1 for number in range(30)}
    write(folder / align, align, users=users, fingerprints={"interactions": interactions} if interactions else None)
    path = folder / align / "per_user_test.parquet"
    pl.read_parquet(path).with_columns(external_id=pl.lit("")).write_parquet(path)


def test_users_without_external_ids_are_paired_by_number_within_the_same_data(tmp_path: Path) -> None:
    for align in ("none", "contrastive"):
        nameless(tmp_path, align, HERE)
    (aligned,) = [part for part in compare(group_runs(find([str(tmp_path)])[0])[0], ["recall@20"]) if part.baseline]
    assert aligned.users == 30 and aligned.wilcoxon < 0.001 and not aligned.unpaired


def test_where_they_cannot_be_paired_the_report_says_so(tmp_path: Path) -> None:
    for align in ("none", "contrastive"):
        nameless(tmp_path, align, None)
    report = Report([str(tmp_path)], None)
    (aligned,) = [part for part in report.data.compared if part.baseline and part.metric == "recall@20"]
    assert aligned.users == 0 and np.isnan(aligned.wilcoxon)
    assert any("cannot be paired by user: not all users have an external id" in line for line in report.data.warnings)


def test_settings_without_a_shared_seed_have_no_pairs(tmp_path: Path) -> None:
    write(tmp_path / "a", "none", 1, users={"ann": 0.1})
    write(tmp_path / "b", "contrastive", 2, users={"ann": 0.2})
    none, aligned = group_runs(find([str(tmp_path)])[0])[0]
    with pytest.raises(significance.UnpairedError, match="share no seed"):
        significance.paired_users(aligned, none, "recall@20")


def test_trained_runs_say_what_they_were_made_of(tmp_path: Path) -> None:
    folders = [tmp_path / name / "data" for name in ("a", "b")]
    for seed, folder in enumerate(folders):
        write_folder(tiny.dataset(seed), folder, source="tests", embeddings_info={"encoder": "made up"})
    settings = [("a", "none", "none"), ("b", "none", "none"), ("a", "contrastive", "shuffled")]
    found = {}
    for name, align, ablation in settings:
        words = [*FAST, f"align={align}", "trainer.max_epochs=1", f"text_ablation={ablation}"]
        options = compose(["dataset=folder", f"dataset.root={tmp_path / name / 'data'}", *words])
        run = train(options, tmp_path / "runs" / f"{name}-{align}")
        found[name, align] = run.results["fingerprints"]
    assert (
        found["a", "none"]["interactions"] == tiny.dataset(0).fingerprint() == found["a", "contrastive"]["interactions"]
    )
    assert found["b", "none"]["interactions"] == tiny.dataset(1).fingerprint()
    assert found["a", "none"]["profile_embeddings"] is None
    plain = compose(
        ["dataset=folder", f"dataset.root={folders[0]}", *FAST, "align=contrastive", "trainer.max_epochs=1"]
    )
    assert train(plain | {"seed": 5}, tmp_path / "plain").results["fingerprints"] == found["a", "contrastive"], (
        "of the data as they are, whatever the ablation and the seed"
    )
    assert len(group_runs(find([str(tmp_path / "runs")])[0])[0]) == 3
