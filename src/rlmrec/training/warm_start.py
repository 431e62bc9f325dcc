"""Initialisation of a backbone with the weights of another run, possibly on other data."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.backbones import Backbone
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.runs.contents import Source
from rlmrec.runs.folder import RunFolder
from rlmrec.training.checkpoints import read_checkpoint

PREFIX = "backbone."


def read_start(path: str, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options of the run whose weights are used.

    Raises:
        UserError: if it is not a run folder, is of a fitted backbone, is not finished, or needs untrusted code.
    """
    folder = RunFolder.existing(path, "initialise_from", trust)
    if folder.fitted.is_file():
        raise UserError(f"initialise_from={path} is of a fitted backbone, which has no embeddings to begin with")
    for file in (folder.metrics, folder.best):  # an unfinished run may still improve
        if not file.is_file():
            raise MissingFilesError(f"initialise_from={path}: {file} is missing: finish that run first")
    return folder.options(Source)


def initialise(backbone: Backbone, dataset: Dataset, path: str, source: Dataset) -> str:
    """Copy the best weights of a run: table rows of the same users and items, and all other weights of equal shape.

    Args:
        backbone: freshly built for ``dataset``; rows without a counterpart keep their values.
        dataset: dataset to train on.
        path: path of the run folder.
        source: dataset that the run was trained on.

    Returns:
        One line on what was copied, with a warning if the run was trained on pairs that are held out here.

    Raises:
        UserError: if there are no embeddings, some of them are fixed, widths differ, no user or item is in both
            datasets, or the data of the run have changed.
    """
    if not backbone.has_embeddings or not backbone.has_table:
        raise UserError(f"initialise_from={path}: {type(backbone).__name__} has no embeddings of users and items")
    if getattr(backbone, "trained_entries", None) is not None:
        raise UserError(
            f"initialise_from={path}: init keeps what it made of profiles fixed, and that run would replace it: choose "
            "init=xavier, or leave initialise_from out"
        )
    checkpoint = read_checkpoint(RunFolder(path).best)
    if checkpoint.get("dataset", {}).get("interactions_sha256") != source.fingerprint():
        raise UserError(f"initialise_from={path}: its dataset {source.name} has changed since that run")
    state = {
        name.removeprefix(PREFIX): value for name, value in checkpoint["state_dict"].items() if name.startswith(PREFIX)
    }
    table = state.get("initial_embeddings")
    if table is None or table.ndim != 2 or len(table) != source.num_users + source.num_items:
        raise UserError(f"initialise_from={path}: {RunFolder(path).best} holds no embeddings of {source.name}")
    width = table.shape[1]
    if width != backbone.embedding_dim:
        raise UserError(
            f"initialise_from={path} has embeddings of width {width}, here they are {backbone.embedding_dim} wide: "
            f"set backbone.embedding_dim={width}"
        )
    users = matching_rows(dataset.users, source.users, "users")
    items = matching_rows(dataset.items, source.items, "items")
    if not len(users[0]) and not len(items[0]):
        raise UserError(f"initialise_from={path}: no user and no item of {dataset.name} is in {source.name}")
    with torch.no_grad():
        backbone.initial_embeddings[users[0]] = table[users[1]].to(backbone.initial_embeddings)
        backbone.initial_embeddings[items[0] + dataset.num_users] = table[items[1] + source.num_users].to(
            backbone.initial_embeddings
        )
        # Only floating-point weights, without counters: epochs are counted from 0.
        weights = {name: value for name, value in backbone.state_dict().items() if value.is_floating_point()}
        others = {name: value for name, value in weights.items() if name != "initial_embeddings"}
        copied = [name for name in others if name in state and state[name].shape == others[name].shape]
        for name in copied:
            others[name].copy_(state[name])
    leaked = held_out_pairs(dataset, source, users, items)
    return (
        f"begins with {path}: {len(users[0])} of {dataset.num_users} users, {len(items[0])} of {dataset.num_items} "
        f"items" + (f", {len(copied)} of {len(others)} other weights" if others else "") + _warning(leaked)
    )


def _warning(leaked: int) -> str:
    return f"; warning: {leaked} pairs it was trained on are held out here" if leaked else ""


def held_out_pairs(
    dataset: Dataset, source: Dataset, users: tuple[Tensor, Tensor], items: tuple[Tensor, Tensor]
) -> int:
    """Return the number of training pairs of the source that are held out for validation or test here.

    Args:
        dataset: dataset to train on.
        source: dataset of the other run.
        users: ids of users in both datasets, in ``dataset`` and in ``source``.
        items: ids of items in both datasets, in ``dataset`` and in ``source``.
    """
    here = []
    for count, (ours, theirs) in ((source.num_users, users), (source.num_items, items)):
        ids = np.full(count, -1)
        ids[theirs.numpy()] = ours.numpy()
        here.append(ids)
    pairs = [ids[known] for ids, known in zip(here, source.train.tocoo().coords, strict=True)]
    both = (pairs[0] >= 0) & (pairs[1] >= 0)
    if not both.any():  # SciPy refuses to look up nothing
        return 0
    held_out = csr_array(dataset.val + dataset.test)
    return int(np.count_nonzero(held_out[pairs[0][both], pairs[1][both]]))


def matching_rows(here: pl.DataFrame, there: pl.DataFrame, kind: str) -> tuple[Tensor, Tensor]:
    """Return the ids of entities with the same external id, in ``here`` and in ``there``, each ``(M,)``.

    Raises:
        UserError: if external ids are missing or repeated, so that entities cannot be matched.
    """
    for table in (here, there):
        names = table["external_id"]
        if (names == "").any() or names.n_unique() < len(names):
            raise UserError(f"initialise_from: external ids of {kind} are missing or repeated: nothing can be matched")
    both = here.select("external_id", "id").join(there.select("external_id", there="id"), on="external_id").sort("id")
    ids = [torch.from_numpy(both[column].to_numpy().copy()) for column in ("id", "there")]
    return ids[0], ids[1]
