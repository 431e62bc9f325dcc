"""New users alone against the same users in a dataset that holds them among all others."""

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.sparse import csr_array, vstack

import themed
from rlmrec import compose, train
from rlmrec.api import TrainedRun, load_dataset
from rlmrec.data.dataset import Dataset
from rlmrec.data.writing import write_folder
from rlmrec.evaluation.cold_start.mixed_scores import Placement
from rlmrec.recommending import NOBODY, ListRequest, Newcomers
from rlmrec.recommending.fold_in import histories_of
from rlmrec.recommending.text_fold_in import TextFoldIn

CASES = [
    *((backbone, "none", full) for backbone in ("lightgcn", "alpharec", "textgcn") for full in (True, False)),
    ("lightgcn", "contrastive", True),
    ("lightgcn", "contrastive", False),
    ("lightgcn", "generative", True),
    ("rp3beta", "none", True),
]
"""Backbone, alignment, and whether all users and items have interactions."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place, found, number = tmp_path_factory.mktemp("new_users"), dict[Any, TrainedRun](), count()
    whole = themed.write(place / "whole")

    def run(backbone: str, align: str, full: bool) -> TrainedRun:
        case = (backbone, align, full)
        if case not in found:
            folder = whole if full else with_cold(whole, place / "cold")
            words = [*themed.options(folder, backbone, align), "dataset.allow_empty_training_rows=true"]
            found[case] = train(compose(words), place / str(next(number)))
        return found[case]

    return run


def with_cold(folder: Path, place: Path) -> Path:
    """Write the dataset without training interactions of some users and items."""
    if not place.exists():
        dataset = load_dataset(compose(themed.options(folder, "pop")))
        rows, columns = np.ones(60, np.float32), np.ones(40, np.float32)
        rows[[3, 8, 11]], columns[[5, 17, 22]] = 0, 0
        kept = csr_array(dataset.train.multiply(rows[:, None]).multiply(columns).tocsr()).astype(np.float32)
        kept.eliminate_zeros()
        write_folder(replace(dataset, train=kept), place, source="tests", embeddings_info=dict(dataset.embeddings_info))
    return place


def among_all_others(known: Dataset, texts: np.ndarray) -> Dataset:
    """Return a dataset with further users after its own."""
    people = pl.DataFrame({name: ["x"] * len(texts) for name in known.users.columns if name != "id"})
    numbers = pl.Series("id", range(known.num_users, known.num_users + len(texts))).cast(known.users["id"].dtype)
    none = csr_array((len(texts), known.num_items), dtype=np.float32)
    taller = {name: csr_array(vstack([getattr(known, name), none], format="csr")) for name in ("train", "val", "test")}
    return replace(
        known,
        users=pl.concat([known.users, people.select(numbers, *people.columns).select(known.users.columns)]),
        user_embeddings=np.concatenate([known.user_embeddings, texts]),
        train_weights=None,
        **taller,
    )


@pytest.mark.parametrize("case", CASES)
def test_scores_by_profile_are_those_among_all_others(case: Any, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rlmrec.evaluation.cold_start.mixed_scores.SAMPLED_USERS", 1
    )  # else new users were in the sample
    run = made(*case)
    texts = np.asarray(run.dataset.user_embeddings[[1, 2]], np.float32) + np.float32([[0.1], [-0.2]])
    grown = among_all_others(run.dataset, texts)
    new_users, text_fold_in = run.served._new_users, run.served._text_fold_in
    if text_fold_in.embeddings is not None:
        ways = len(text_fold_in.sources(text_fold_in.nodes(grown)))
        assert len(new_users._ways) == ways
        placements = [Placement(way, 7 + way, 0.6, 0.3 + way, 0.5) for way in range(ways)]
    else:
        placements = [Placement()]
    for placement in placements:
        fresh = type(new_users)(text_fold_in, run.dataset)
        for name in ("placement", "placement_of_items"):
            monkeypatch.setitem(vars(text_fold_in), name, placement)
        found = fresh.by_profile(texts, np.ones(2, bool)).of(torch.arange(2))
        with torch.no_grad():
            expected = TextFoldIn.scores(text_fold_in, grown).of(torch.arange(60, 62))
        torch.testing.assert_close(found, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("full", [True, False])
def test_scores_by_history_are_those_among_all_others(full: bool, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlmrec.evaluation.cold_start.mixed_scores.SAMPLED_USERS", 1)
    run = made("lightgcn", "none", full)
    text_fold_in, placement = run.served._text_fold_in, Placement(neighbours=9, embeddings=0.6, lift=0.5)
    for name in ("placement", "placement_of_items"):
        monkeypatch.setitem(vars(text_fold_in), name, placement)
    histories = histories_of(40, [np.array([1, 9, 13]), np.array([2, 6])])
    grown = among_all_others(run.dataset, np.zeros((2, 8), np.float32))
    grown = replace(grown, train=csr_array(vstack([run.dataset.train, histories], format="csr")))
    nodes, users = text_fold_in.nodes(grown), text_fold_in.by_history.scores(histories).users
    sources = [(torch.cat([table[:60], users]), items) for table, items in text_fold_in.sources(nodes)]
    expected = nodes.scores(placement, sources, placement).of(torch.arange(60, 62))
    found = type(run.served._new_users)(text_fold_in, run.dataset).by_history(histories).of(torch.arange(2))
    torch.testing.assert_close(found, expected, rtol=2e-5, atol=2e-5)
    plain = users @ run.served.embeddings.items.T
    assert torch.allclose(found, plain, rtol=1e-4, atol=1e-5) == full, "cold items are adjusted"


@pytest.mark.parametrize("full", [True, False])
def test_scores_by_both_are_blends_of_each(full: bool, made: Any) -> None:
    run = made("lightgcn", "none", full)
    served, histories = run.served, {"a": ["item-1", "item-9"], "b": ["item-2"]}
    texts = np.asarray(run.dataset.user_embeddings[[1, 2]], np.float32)
    people = Newcomers(pl.DataFrame({"external_id": ["a", "c"]}), texts)
    found = served.recommend_to_new(ListRequest(k=40), histories, people)
    alone = served.recommend_to_new(ListRequest(k=40), None, Newcomers(people.table[1:], texts[1:]))
    assert found.filter(pl.col("user") == "c")["item"].equals(alone["item"])
    if full:  # no cold item, whose scores would be adjusted
        by_items = served.recommend_to_new(ListRequest(k=40), {"b": ["item-2"]}, NOBODY)
        assert found.filter(pl.col("user") == "b")["item"].equals(by_items["item"])
    assert found.filter(pl.col("user") == "a")["item"].n_unique() == 38


def test_a_request_makes_nothing_anew_that_follows_from_the_dataset(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made("lightgcn", "contrastive", False)
    texts = np.asarray(run.dataset.user_embeddings[[1]], np.float32)
    people, histories = Newcomers(pl.DataFrame({"external_id": ["a"]}), texts), {"a": ["item-1", "item-9"]}
    first = run.served.recommend_to_new(ListRequest(), histories, people)
    for name in ("nodes.ColdNodes.__init__", "nodes.nearest_by_text", "mixed_scores.cold_item_scores"):
        monkeypatch.setattr(f"rlmrec.evaluation.cold_start.{name}", lambda *_, **__: pytest.fail("made anew"))
    monkeypatch.setattr(run.model, "embed", lambda: pytest.fail("made anew"))
    assert run.served.recommend_to_new(ListRequest(), histories, people).equals(first)
