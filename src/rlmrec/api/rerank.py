"""Reranking of a trained run's lists by a language model, with metrics before and after."""

import logging
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.api.trained_run import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.common.seeding import derive_seed
from rlmrec.common.terminal import counted
from rlmrec.data.matrices import coordinates
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.recommending import ListRequest
from rlmrec.recommending.reranking.reranking import Reranked, Reranker

FOLDER = "reranked"
"""Subfolder of a run folder for answers and reranked lists."""
KS = (10, 20)
COMPARED = ("recall", "ndcg")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RerankingComparison:
    """Lists before and after reranking.

    Args:
        reranked: lists in their new order, with internal ids.
        lists: the same with external ids: columns user, item, rank and before; empty for items without an external id.
        before: metrics of each user in the original order: columns user (internal id) and those such as ``recall@20``.
        after: the same metrics in the new order, with users in the same order.
    """

    reranked: Reranked
    lists: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame


def lists_to_rerank(run: TrainedRun, k: int, users: int | None, seed: int) -> pl.DataFrame:
    """Return the top of the lists of test users, as the run's own test ranks them.

    Users without a unique external id are left out, since the written lists could not identify them.

    Args:
        run: a trained run.
        k: length of the lists.
        users: number of users drawn at random among those with test items; None for all.
        seed: seed of the draw.

    Returns:
        Columns user, rank and item, with internal ids.

    Raises:
        UserError: if no users have test items, none of those has a unique external id, or no list has items.
    """
    tested = run.data.evaluated.test_users
    if not len(tested):
        raise UserError(f"{run.path}: no user has test items, so the effect of reranking cannot be measured")
    ids = run.dataset.users["external_id"]
    named = tested[((ids != "") & ~ids.is_duplicated()).to_numpy()[tested]]
    if not len(named):
        raise UserError(f"{run.path}: no user with test items has an external id, which lists need")
    if without := len(tested) - len(named):
        told = f"{counted(without, 'user')} of {len(tested):,}"
        log.warning("%s have no external id of their own and are left out", told)
    if users is not None and users < len(named):
        draw = np.random.default_rng(derive_seed(seed, "rerank_users", 0))
        named = np.sort(draw.choice(named, users, replace=False))
    found = [part.items for part in run.served.lists(ids.gather(named).to_list(), ListRequest(k=k))]
    items = np.concatenate(found)
    rows, places = np.nonzero(items >= 0)
    if not len(rows):
        raise UserError(f"{run.path}: none of {counted(len(named), 'user')} has a list: draw more users")
    return pl.DataFrame({"user": named[rows], "rank": places + 1, "item": items[rows, places]})


def rerank(run: TrainedRun, reranker: Reranker, lists: pl.DataFrame) -> RerankingComparison:
    """Rerank lists by a language model and measure them before and after; answers are kept in the run's folder.

    Args:
        run: a trained run.
        reranker: reranker that queries the language model.
        lists: lists as returned by ``lists_to_rerank``.

    Raises:
        UserError: if the budget is spent or the model refuses all requests; earlier answers are kept.
    """
    found = reranker.rerank(run.dataset, lists, run.path / FOLDER)
    users, items = (table["external_id"] for table in (run.dataset.users, run.dataset.items))
    named = found.lists.with_columns(user=users.gather(found.lists["user"]), item=items.gather(found.lists["item"]))
    return RerankingComparison(found, named, per_user(run, lists), per_user(run, found.lists))


def per_user(run: TrainedRun, lists: pl.DataFrame) -> pl.DataFrame:
    """Return test metrics of each user's list: columns user, and recall and ndcg at 10 and 20."""
    metrics = RankingMetrics(KS)
    first = lists.filter(pl.col("rank") <= max(KS))
    users, rows = np.unique(first["user"].to_numpy(), return_inverse=True)
    ranked = np.full((len(users), max(KS)), -1)
    ranked[rows, first["rank"].to_numpy() - 1] = first["item"].to_numpy()
    relevant = torch.from_numpy(coordinates(csr_array(run.data.evaluated.test[users])))
    values = metrics.per_user(torch.from_numpy(ranked), relevant).double().numpy()
    kept = [f"{name}@{k}" for k in KS for name in COMPARED]
    return pl.DataFrame({"user": users, **{name: values[:, metrics.names.index(name)] for name in kept}})
