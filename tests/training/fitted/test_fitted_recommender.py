"""Fitted backbones: fitted once, kept in a file, and read back only where it is what it should be."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array, diags_array

import parts
import tiny
from choices import FITTED
from rlmrec.backbones import EASE
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data import InteractionDataModule
from rlmrec.evaluation import EvaluationProtocol
from rlmrec.training.fitted.file import read_fitted, write_fitted
from rlmrec.training.fitted.recommender import FittedRecommender
from scripted import trainer


def built(name: str, **options: Any) -> tuple[FittedRecommender, InteractionDataModule]:
    model, data = parts.built(tiny.dataset(), name, "none", **options)
    assert isinstance(model, FittedRecommender)
    return model, data


@pytest.mark.parametrize("name", FITTED)
def test_what_was_fitted_is_ranked_stored_and_ranked_again(name: str, tmp_path: Path) -> None:
    model, data = built(name)
    assert not list(model.parameters()), "no dummy parameter"
    model.fit()
    assert model.size > 0
    (measured,) = trainer(tmp_path).test(model, datamodule=data, verbose=False)
    assert measured["test/recall@20"] > 0 and all(np.isfinite(value) for value in measured.values())
    model.save(tmp_path / "fitted.npz")
    again, data = built(name)
    again.load(tmp_path / "fitted.npz")
    assert trainer(tmp_path).test(again, datamodule=data, verbose=False) == [measured]
    users = torch.arange(tiny.NUM_USERS)
    assert torch.equal(again.scores().of(users), model.scores().of(users))


@pytest.mark.parametrize("name", FITTED)
def test_cold_items_alone_are_ranked_by_who_reads_more_than_interactions(name: str) -> None:
    train = tiny.dataset().train.toarray()
    train[:, :4] = 0
    dataset, cold = dataclasses.replace(tiny.dataset(), train=csr_array(train)), EvaluationProtocol(item_pool="cold")
    if name in ("l3ae", "rp3beta_text", "textgcn"):
        unranked = parts.built(dataset, name, "none", evaluation=cold)[0].unranked_items
        assert unranked is not None and not unranked[:4].any() and unranked[4:].all()
    else:
        with pytest.raises(UserError, match=r"item_pool=cold: \w+ reads interactions alone, .*; choose all, or"):
            parts.built(dataset, name, "none", evaluation=cold)


def test_cold_items_can_be_ranked_alone_and_text_places_nothing() -> None:
    with pytest.raises(UserError, match="item_pool=cold: every item has training interactions"):
        built("pop", evaluation=EvaluationProtocol(item_pool="cold"))
    with pytest.raises(UserError, match="cold_from_text=true: align must learn from text"):
        built("pop", evaluation=EvaluationProtocol(cold_from_text=True))


def test_users_without_interactions_get_popular_items_unless_that_is_switched_off() -> None:
    train = tiny.dataset().train.toarray()
    train[[2, 5]] = 0
    cold = dataclasses.replace(tiny.dataset(), train=csr_array(train))
    users, popularity = torch.arange(tiny.NUM_USERS), train.sum(0)
    for wanted in ("auto", False):
        model = parts.built(cold, "rp3beta", "none", evaluation=EvaluationProtocol(cold_from_text=wanted))[0]
        model.fit()
        scores = model.scores().of(users).numpy()
        best = np.sort(popularity)[::-1][:5]
        got = [popularity[np.argsort(-scores[user], kind="stable")[:5]] for user in (2, 5)]
        assert all(np.array_equal(found, best) for found in got) == (wanted == "auto")
        plain = model.backbone.scores(model.fitted).of(users).numpy()
        others = np.delete(np.arange(tiny.NUM_USERS), [2, 5])
        assert np.array_equal(scores[others], plain[others])


def test_an_alignment_is_refused() -> None:
    reason = r"^Contrastive needs node embeddings, of which Pop has none: choose align=none$"
    with pytest.raises(UserError, match=reason):
        parts.built(tiny.dataset(), "pop", "contrastive")


def test_there_are_no_embeddings_to_ask_for() -> None:
    model, _ = built("rp3beta")
    model.fit()
    with pytest.raises(UserError, match="RP3Beta has no embeddings of users and items"):
        model.embed()


def test_much_memory_is_told_of_before_the_fit_and_more_than_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = built("ease")
    model.fit()
    assert caplog.text == "", "little is not worth a word"

    def unfitted(self: EASE, seed: int) -> Any:
        raise AssertionError("fitted before it was said")

    monkeypatch.setattr(EASE, "fit", unfitted)
    monkeypatch.setattr(EASE, "memory", lambda _: 3 * 10**9)
    with pytest.raises(AssertionError):
        model.fit()
    assert caplog.messages == ["EASE needs 3.0 GB of memory for 40 items"]
    monkeypatch.setattr(EASE, "memory", lambda _: 10**18)
    with pytest.raises(UserError, match=r"^EASE of 40 items: 1,000,000,000 GB are needed, but there are"):
        model.fit()


def test_numbers_that_are_not_finite_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = built("ease")
    monkeypatch.setattr(EASE, "weights", lambda _: np.full((40, 40), np.nan, np.float32))
    with pytest.raises(UserError, match="EASE found NaN or infinite values"):
        model.fit()


@pytest.mark.parametrize("name", ["rp3beta", "ease"])
def test_the_file_of_another_dataset_is_refused(name: str, tmp_path: Path) -> None:
    model, _ = built(name)
    model.fit()
    model.save(tmp_path / "fitted.npz")
    model.dataset_identity = model.dataset_identity | {"name": "other"}
    with pytest.raises(UserError, match=r"'tiny'.*'other'.*choose the dataset it was trained on"):
        model.load(tmp_path / "fitted.npz")
    with pytest.raises(MissingFilesError, match=r"other.npz is missing: start the run again"):
        model.load(tmp_path / "other.npz")


SHAPES = {"items": (3, 3)}
SPARSE = {
    "items.data": np.ones(2, np.float32),
    "items.indices": np.array([0, 2]),
    "items.indptr": np.array([0, 1, 2, 2]),
}
DATASET = {"dataset": np.frombuffer(json.dumps({"name": "x"}).encode(), np.uint8)}
DAMAGED: dict[str, dict[str, np.ndarray]] = {
    "no dataset": {"items": np.ones((3, 3), np.float32)},
    "no matrix": DATASET,
    "other shape": DATASET | {"items": np.ones((3, 4), np.float32)},
    "other numbers": DATASET | {"items": np.ones((3, 3))},
    "objects": DATASET | {"items": np.array([[print] * 3] * 3)},
    "not finite": DATASET | {"items": np.full((3, 3), np.inf, np.float32)},
    "dataset is no text": {"dataset": np.full(3, 200, np.uint8), "items": np.ones((3, 3), np.float32)},
    "ids beyond the matrix": DATASET | SPARSE | {"items.indices": np.array([0, 3])},
    "negative ids": DATASET | SPARSE | {"items.indices": np.array([0, -1])},
    "rows that go back": DATASET | SPARSE | {"items.indptr": np.array([0, 2, 1, 2])},
    "rows beyond the values": DATASET | SPARSE | {"items.indptr": np.array([0, 1, 2, 9])},
    "other number of rows": DATASET | SPARSE | {"items.indptr": np.array([0, 1, 2])},
    "sparse values of another type": DATASET | SPARSE | {"items.data": np.ones(2, np.int64)},
    "sparse without ids": {name: part for name, part in (DATASET | SPARSE).items() if name != "items.indices"},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "fitted.npz", **DAMAGED[name])
    with pytest.raises(UserError, match=r"fitted.npz is damaged \(.*\): start the run again$"):
        read_fitted(tmp_path / "fitted.npz", SHAPES)


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "fitted.npz", **DATASET, items=np.zeros((9000, 9000), np.float32))
    with pytest.raises(UserError, match="would unpack to"):
        read_fitted(tmp_path / "fitted.npz", {"items": (9000, 9000)})


def test_sparse_and_dense_matrices_come_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "fitted.npz", **DATASET, **SPARSE)
    found, dataset = read_fitted(tmp_path / "fitted.npz", SHAPES)
    assert dataset == {"name": "x"}
    assert found["items"].toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]  # type: ignore[union-attr]
    write_fitted(tmp_path / "again.npz", found | {"more": np.eye(2, dtype=np.float32)}, {"name": "y"})
    found, dataset = read_fitted(tmp_path / "again.npz", SHAPES | {"more": (2, 2)})
    assert dataset == {"name": "y"} and [*found] == ["items", "more"]
    assert found["more"].tolist() == [[1, 0], [0, 1]]  # type: ignore[union-attr]


def test_embeddings_do_not_depend_on_whether_somebody_is_cold() -> None:
    dataset = tiny.dataset()
    kept = diags_array((np.arange(dataset.num_users) > 0).astype(np.float32))
    model, _ = parts.built(dataclasses.replace(dataset, train=csr_array(kept @ dataset.train)), "ials", "none")
    assert isinstance(model, FittedRecommender)
    model.popular_for_cold = True
    model.fit()
    users, items = model.embed()
    assert len(users) == dataset.num_users and len(items) == dataset.num_items
    assert type(model.scores()).__name__ == "SumOfScores"
