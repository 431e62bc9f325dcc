"""Lists of a trained run, reordered by a language model and measured before and after."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.api.trained_run import TrainedRun
from rlmrec.common.errors import UserError
from rlmrec.common.seeding import derive_seed
from rlmrec.common.terminal import counted
from rlmrec.data.external_ids import known_numbers
from rlmrec.data.loaders import coordinates
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.recommending import Request
from rlmrec.recommending.reranking.reranking import Reranked, Reranker

FOLDER = "reranked"
"""Folder of a run with answers and reordered lists."""
KS = (10, 20)
COMPARED = ("recall", "ndcg")


@dataclass(frozen=True)
class Comparison:
    """Lists before and after.

    Args:
        reranked: the lists in their new order.
        before: metrics of each user with the run's own order: columns user and metrics such as ``recall@20``.
        after: the same in the new order; users in the same order.
    """

    reranked: Reranked
    before: pl.DataFrame
    after: pl.DataFrame


def lists_to_rerank(run: TrainedRun, k: int, users: int | None, seed: int) -> pl.DataFrame:
    """Return the first items of the lists of test users, as the run's own test ranks them: user, rank and item.

    Args:
        run: a trained run.
        k: items of a list.
        users: number of users drawn among those with test items; None for all.
        seed: of the draw.

    Raises:
        UserError: if nobody has test items.
    """
    tested = np.flatnonzero(np.diff(run.dataset.test.indptr))
    if not len(tested):
        raise UserError(f"{run.path}: no user has test items, so that nothing would tell what reranking does")
    if users is not None and users < len(tested):
        draw = np.random.default_rng(derive_seed(seed, "rerank_users", 0))
        tested = np.sort(draw.choice(tested, users, replace=False))
    names = run.dataset.users["external_id"].gather(tested).to_list()
    lists = run.served.recommend(names, Request(k=k)).select("user", "rank", "item")
    if lists.is_empty():
        raise UserError(f"{run.path}: none of {counted(len(names), 'user')} has a list: draw more users")
    return lists


def rerank(run: TrainedRun, reranker: Reranker, lists: pl.DataFrame) -> Comparison:
    """Reorder lists by a language model, and measure them before and after; answers are kept in the run's folder.

    Args:
        run: a trained run.
        reranker: asks the model.
        lists: as ``lists_to_rerank`` returns them.

    Raises:
        UserError: if the money is spent or the model refuses all requests; answers so far are kept.
    """
    found = reranker.rerank(run.dataset, lists, run.path / FOLDER)
    return Comparison(found, per_user(run, lists), per_user(run, found.lists))


def per_user(run: TrainedRun, lists: pl.DataFrame) -> pl.DataFrame:
    """Return metrics of each user's list on test items: columns user, and recall and ndcg at 10 and 20."""
    metrics = RankingMetrics(KS)
    first = lists.filter(pl.col("rank") <= max(KS))
    users, rows = np.unique(first["user"].to_list(), return_inverse=True)
    ranked = np.full((len(users), max(KS)), -1)
    ranked[rows, first["rank"].to_numpy() - 1] = known_numbers(run.dataset.items, first["item"].to_list(), "item")
    relevant = coordinates(csr_array(run.dataset.test[known_numbers(run.dataset.users, users.tolist(), "user")]))
    values = metrics.per_user(torch.from_numpy(ranked), relevant).double().numpy()
    kept = [f"{name}@{k}" for k in KS for name in COMPARED]
    columns = {name: values[:, metrics.names.index(name)] for name in kept}
    return pl.DataFrame({"user": users.tolist(), **columns})
