"""Weights taken over from another run: by external id, of equal shapes."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.sparse import csr_array

import parts
import tiny
from rlmrec.backbones import Backbone
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.graph import Interactions
from rlmrec.initialisers import AlphaFuse
from rlmrec.training.warm_start import initialise, read_start


def backbone(dataset: Dataset, name: str = "lightgcn", **options: Any) -> Backbone:
    users, items = (torch.from_numpy(ids.astype("int64")) for ids in dataset.train.tocoo().coords)
    return parts.backbone(name, Interactions(users, items, dataset.num_users, dataset.num_items), **options)


def run(folder: Path, dataset: Dataset, body: Backbone) -> str:
    """A run folder that holds what is needed of one."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text("dataset: {root: x}\n")
    state = {f"backbone.{name}": value.detach().clone() for name, value in body.state_dict().items()}
    checkpoint = {"state_dict": state, "dataset": {"interactions_sha256": dataset.fingerprint()}}
    torch.save(checkpoint, folder / "checkpoints" / "best.ckpt")
    return str(folder)


def renamed(dataset: Dataset, users: list[str], items: list[str]) -> Dataset:
    tables = {
        kind: getattr(dataset, kind).with_columns(external_id=pl.Series(names))
        for kind, names in (("users", users), ("items", items))
    }
    return dataclasses.replace(dataset, name="later", **tables)


def test_rows_follow_external_ids(tmp_path: Path) -> None:
    source = tiny.dataset()
    taught = backbone(source)
    torch.nn.init.normal_(taught.initial_embeddings)
    # The later dataset knows everybody in reverse order, but two users and an item by other names.
    users = [f"user-{number}" for number in reversed(range(tiny.NUM_USERS))]
    items = [f"item-{number}" for number in reversed(range(tiny.NUM_ITEMS))]
    users[0], users[7], items[3] = "newcomer", "another", "novelty"
    later = renamed(tiny.dataset(seed=1), users, items)
    body = backbone(later)
    before = body.initial_embeddings.detach().clone()
    said = initialise(body, later, run(tmp_path, source, taught), source)
    for row, name in enumerate(users):
        expected = before[row] if name in ("newcomer", "another") else taught.initial_embeddings[int(name[5:])]
        assert body.initial_embeddings[row].equal(expected)
    for row, name in enumerate(items):
        node = tiny.NUM_USERS + row
        expected = before[node] if name == "novelty" else taught.initial_embeddings[tiny.NUM_USERS + int(name[5:])]
        assert body.initial_embeddings[node].equal(expected)
    assert "58 of 60 users, 39 of 40 items" in said
    assert body.initial_embeddings.requires_grad


def test_a_start_that_knows_what_is_held_out_is_told(tmp_path: Path) -> None:
    source = tiny.dataset()
    path = run(tmp_path, source, backbone(source))
    assert "warning" not in initialise(backbone(source), source, path, source)
    # Later, users have other numbers, and three pairs that the source was trained on are for test.
    names = [f"user-{number}" for number in reversed(range(tiny.NUM_USERS))]
    later = renamed(source, names, [f"item-{number}" for number in range(tiny.NUM_ITEMS)])
    train, test = (getattr(source, part).toarray()[::-1].copy() for part in ("train", "test"))
    for pair in np.argwhere(train)[:3]:
        train[tuple(pair)], test[tuple(pair)] = 0, 1
    later = dataclasses.replace(
        later, train=csr_array(train), val=csr_array(source.val.toarray()[::-1]), test=csr_array(test)
    )
    assert "warning: 3 pairs it was trained on are held out here" in initialise(backbone(later), later, path, source)


def test_users_may_be_known_and_items_not(tmp_path: Path) -> None:
    source = tiny.dataset()
    path = run(tmp_path, source, backbone(source))
    later = renamed(source, source.users["external_id"].to_list(), [f"new-{number}" for number in range(40)])
    said = initialise(backbone(later), later, path, source)
    assert "60 of 60 users, 0 of 40 items" in said and "warning" not in said


def test_a_start_does_not_replace_what_an_initialiser_keeps_fixed(tmp_path: Path) -> None:
    source = tiny.dataset()
    path = run(tmp_path, source, backbone(source))
    model, _ = parts.built(source, "lightgcn", "none", init=AlphaFuse)
    with pytest.raises(UserError, match=r"init keeps what it made of profiles fixed, .*: choose init=xavier"):
        initialise(model.backbone, source, path, source)


def test_other_weights_of_equal_shape_come_too(tmp_path: Path) -> None:
    source = tiny.dataset()
    taught = backbone(source, "autocf")
    for value in taught.parameters():
        torch.nn.init.normal_(value)
    body = backbone(source, "autocf")
    said = initialise(body, source, run(tmp_path, source, taught), source)
    assert all(value.equal(taught.get_parameter(name)) for name, value in body.named_parameters())
    assert "3 of 3 other weights" in said


def test_counters_of_another_run_do_not_come(tmp_path: Path) -> None:
    source = tiny.dataset()
    taught, body = backbone(source, "ncl"), backbone(source, "ncl")
    taught.epochs.fill_(7)
    initialise(body, source, run(tmp_path, source, taught), source)
    assert int(body.epochs) == 0


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    source = tiny.dataset()
    path = run(tmp_path / "run", source, backbone(source))
    with pytest.raises(UserError, match=r"width 8, here they are 16 wide: set backbone.embedding_dim=8"):
        initialise(backbone(source, embedding_dim=16), source, path, source)
    with pytest.raises(UserError, match="has changed since that run"):
        initialise(backbone(source), source, path, tiny.dataset(seed=1))
    strangers = renamed(source, [f"u{i}" for i in range(60)], [f"i{i}" for i in range(40)])
    with pytest.raises(UserError, match="no user and no item of later is in tiny"):
        initialise(backbone(source), strangers, path, source)
    nameless = renamed(source, [""] * 60, [f"i{i}" for i in range(40)])
    with pytest.raises(UserError, match="external ids of users are missing or repeated"):
        initialise(backbone(source), nameless, path, source)


def test_a_start_is_a_run_with_weights_and_trusted_code(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"initialise_from=.* is not a run folder"):
        read_start(str(tmp_path))
    config = tmp_path / "config.yaml"
    config.write_text("dataset: {_target_: os.system, command: x}\n")
    with pytest.raises(MissingFilesError, match=r"metrics.json is missing: finish that run first"):
        read_start(str(tmp_path))
    (tmp_path / "metrics.json").touch()
    with pytest.raises(MissingFilesError, match=r"best.ckpt is missing"):
        read_start(str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "best.ckpt").touch()
    with pytest.raises(UserError, match="nothing was executed"):
        read_start(str(tmp_path))
