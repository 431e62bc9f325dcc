"""Users and items that came after training, known by their profiles."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import themed
import tiny
from lazily import Lazily
from rlmrec import compose, load, train
from rlmrec.api import TrainedRun
from rlmrec.backbones.scores import EmbeddingScores
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.options.stored_encoder import stored_encoder
from rlmrec.recommending import NOBODY, ListRequest, Newcomers, ServedModel, lists
from rlmrec.recommending.blended_scores import BlendedScores
from rlmrec.recommending.newcomers import with_items
from rlmrec.text.tfidf import TfidfEncoder

MODELS = ("lightgcn", "alpharec", "textgcn", "rp3beta", "user_knn")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return themed.write(tmp_path_factory.mktemp("themed") / "data")


@pytest.fixture(scope="session")
def runs(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrainedRun]:
    place = tmp_path_factory.mktemp("newcomers")
    return Lazily(lambda name: train(compose(themed.options(folder, name)), place / name))


def groups(items: pl.Series) -> np.ndarray:
    return items.str.extract(r"(\d+)$").cast(pl.Int64).to_numpy() % 4


@pytest.mark.parametrize("name", MODELS)
def test_a_profile_is_enough_for_a_list(runs: dict[str, TrainedRun], name: str) -> None:
    profiles = {"sea": "an azure ocean with a sapphire", "wood": "emerald forest, meadow"}
    found = runs[name].recommend_to_new(profiles=profiles, k=5)
    assert found["user"].to_list() == ["sea"] * 5 + ["wood"] * 5
    assert (groups(found["item"]) == np.repeat([1, 2], 5)).mean() >= 0.8


@pytest.mark.parametrize("name", MODELS)
def test_a_profile_may_come_beside_a_history(runs: dict[str, TrainedRun], name: str) -> None:
    run, history = runs[name], {"both": ["item-1", "item-5"], "clicks": ["item-2", "item-6"]}
    found = run.recommend_to_new(history, {"both": "azure ocean", "words": "golden desert amber"}, k=5)
    assert found["user"].unique(maintain_order=True).to_list() == ["both", "words", "clicks"]
    assert not set(found.filter(pl.col("user") == "both")["item"]) & set(history["both"])
    assert (groups(found["item"]) == np.repeat([1, 3, 2], 5)).mean() >= 0.8
    alone = run.recommend_to_new({"clicks": history["clicks"]}, k=5)
    assert found.filter(pl.col("user") == "clicks")["item"].equals(alone["item"])


@pytest.mark.parametrize("name", ["lightgcn", "alpharec", "textgcn"])
def test_new_items_may_stand_in_the_lists(runs: dict[str, TrainedRun], name: str) -> None:
    run = runs[name]
    words = ["a crimson ruby at sunset", "amber of the golden desert"]
    new = run.newcomers(pl.DataFrame({"external_id": ["r", "g"], "title": ["Ruby", "Amber"], "profile": words}))
    lists = run.served.recommend(["user-0", "user-3"], ListRequest(k=42, filter_seen=False), new)
    rank = {(user, item): rank for user, rank, item in lists.select("user", "rank", "item").iter_rows()}
    assert rank["user-0", "r"] < rank["user-0", "g"] and rank["user-3", "g"] < rank["user-3", "r"]
    assert lists.filter(pl.col("item") == "r")["title"].to_list() == ["Ruby", "Ruby"]
    without = run.recommend(["user-0"], k=40, filter_seen=False)["item"]
    assert lists.filter((pl.col("user") == "user-0") & ~pl.col("item").is_in(["r", "g"]))["item"].equals(without)
    to_new = run.served.recommend_to_new(ListRequest(k=42), {"x": ["item-0", "item-4"]}, NOBODY, new)
    assert {"r", "g"} <= set(to_new["item"])


def test_what_cannot_be_is_refused(runs: dict[str, TrainedRun], folder: Path) -> None:
    run = runs["rp3beta"]
    new = run.newcomers(pl.DataFrame({"external_id": ["r"], "profile": ["ruby"]}))
    with pytest.raises(UserError, match="RP3Beta cannot take in new items: train again with them"):
        run.served.recommend(["user-0"], ListRequest(), new)
    with pytest.raises(UserError, match="nothing is known of the new user 'x': give items or a profile"):
        run.recommend_to_new({"x": []}, {"y": "ruby"})
    with pytest.raises(UserError, match="the encoder makes nothing of the profile 'zyx'"):
        run.recommend_to_new(profiles={"x": "zyx"})
    other = compose([f"folder={folder}", "encoder=tfidf", "encoder.dim=6"], "encode_text")["encoder"]
    with pytest.raises(UserError, match="the encoder gives other embeddings than those the run was trained on"):
        run.newcomers(pl.DataFrame({"external_id": ["r"], "profile": ["ruby"]}), other)


def test_embeddings_of_unknown_origin_need_a_named_encoder(tiny_folder: Path, tmp_path: Path) -> None:
    data = ("dataset=folder", f"dataset.root={tiny_folder}", "trainer=cpu", "backbone=rp3beta")
    run = train(compose(data), tmp_path / "run")
    with pytest.raises(UserError, match="names an unknown encoder or transform: 'made up' and 'none'"):
        load(run.path).recommend_to_new(profiles={"x": "ruby"})


def test_an_encoder_is_made_as_the_dataset_tells_and_of_known_classes_only() -> None:
    told: dict[str, Any] = {"encoder": "tfidf", "options": {"encoder": "tfidf", "dim": 5, "_target_": "os.system"}}
    with pytest.raises(UserError, match="does not tell how its profile embeddings were made: name the encoder"):
        stored_encoder({"imported": {}})
    made = stored_encoder(told | {"transform": {"name": "pca", "dim": 3, "variance_kept": 0.9}})
    assert isinstance(made["encoder"], TfidfEncoder) and made["encoder"].dim == 5
    assert made["transform"].dim == 3
    for name in ("../tfidf", "tfidf encoder.dim=3", "no_such"):
        with pytest.raises(UserError):
            stored_encoder({"encoder": name})
    with pytest.raises(UserError, match=r"encoder.dim=-1"):
        stored_encoder(told | {"options": {"dim": -1}})


def test_new_items_come_after_those_of_the_dataset() -> None:
    dataset = tiny.dataset()
    items = Newcomers(pl.DataFrame({"external_id": ["thing"], "title": ["Thing"]}), np.ones((1, 12), np.float32))
    grown = with_items(dataset, items)
    assert grown.train.shape == grown.val.shape == grown.test.shape == (60, 41)
    assert (grown.train[:, :40] != dataset.train).nnz == 0 and not grown.train[:, [40]].nnz
    assert grown.items.row(40, named=True)["title"] == "Thing"
    assert grown.profile_embeddings().shape == (101, 12)
    with pytest.raises(UserError, match="the item 'item-1' is in the dataset already"):
        with_items(dataset, Newcomers(pl.DataFrame({"external_id": ["item-1"]})))
    with pytest.raises(UserError, match="the new item 'a' is there twice"):
        with_items(dataset, Newcomers(pl.DataFrame({"external_id": ["a", "a"]})))
    with pytest.raises(MissingFilesError, match="items of tiny have no profile embeddings"):
        with_items(tiny.dataset(with_text=False), items)


def test_new_users_are_refused_where_nothing_can_be_said(runs: dict[str, TrainedRun]) -> None:
    run = runs["lightgcn"]
    twice = Newcomers(pl.DataFrame({"external_id": ["a", "a"]}), np.ones((2, 8), np.float32))
    with pytest.raises(UserError, match="the new user 'a' is there twice"):
        run.served.recommend_to_new(ListRequest(), users=twice)
    bare = ServedModel(run.model, replace(run.dataset, user_embeddings=None), "train")
    with pytest.raises(MissingFilesError, match="have no profile embeddings to compare new ones with"):
        bare.recommend_to_new(ListRequest(), users=Newcomers(twice.table[:1], twice.embeddings[:1]))


def test_scores_are_blended_for_users_of_some_weight() -> None:
    random = torch.Generator().manual_seed(0)
    first, second = (EmbeddingScores(*torch.randn(2, 6, 6, generator=random).unbind()) for _ in range(2))
    found = BlendedScores(first, second, torch.tensor([0.0, 0.5, 2.0, 0.0, 1.0, 1.0])).of(torch.tensor([0, 2]))
    a, b = (scores.of(torch.arange(6)).double().numpy() for scores in (first, second))
    np.testing.assert_allclose(found[0], a[0], rtol=1e-6)
    expected = (a[2] - a[2].mean()) / a[2].std() + 2 * (b[2] - b[2].mean()) / b[2].std()
    np.testing.assert_allclose(found[1], expected, rtol=1e-5)
    with pytest.raises(UserError, match="no sums of products"):
        BlendedScores(first, second, torch.ones(6)).products()


def test_a_list_by_profile_does_not_depend_on_other_newcomers(runs: dict[str, TrainedRun]) -> None:
    for name in ("lightgcn", "rp3beta"):
        alone = runs[name].recommend_to_new(profiles={"sea": "azure ocean"}, k=5)
        others = {f"other {number}": ["item-2", "item-6", "item-10"] for number in range(30)}
        profiles = {"sea": "azure ocean"} | dict.fromkeys(others, "azure ocean")
        beside = runs[name].recommend_to_new(others, profiles, k=5).filter(pl.col("user") == "sea")
        assert beside["item"].equals(alone["item"])
        np.testing.assert_allclose(beside["score"], alone["score"], rtol=1e-4)


def test_lists_of_newcomers_come_in_parts_too(runs: dict[str, TrainedRun], monkeypatch: pytest.MonkeyPatch) -> None:
    served, histories = runs["lightgcn"].served, {"a": ["item-1"], "b": ["item-2"], "c": ["item-3"]}
    whole = served.recommend_to_new(ListRequest(k=3), histories)
    monkeypatch.setattr(lists, "USERS_AT_ONCE", 1)
    assert [part.users for part in served.lists_of_new(ListRequest(k=3), histories)] == [["a"], ["b"], ["c"]]
    rest = lists.in_one_table(served.lists_of_new(ListRequest(k=3), histories, first_part=1))
    assert rest["item"].equals(whole["item"][3:])
