"""Evaluation of the recommendations that a run stored, without its model."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.common.bounded.tables import read_table
from rlmrec.common.errors import MissingFilesError, UserError
from rlmrec.data.dataset import Dataset
from rlmrec.data.matrices import coordinates
from rlmrec.evaluation.list_metrics import ListMetrics
from rlmrec.evaluation.list_metrics.counting import hits
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.protocol import EvaluationProtocol
from rlmrec.evaluation.ranked_lists import RankedLists
from rlmrec.runs.folder import RunFolder
from rlmrec.runs.tables import PER_USER, RECOMMENDATIONS


def rescore(folder: RunFolder, dataset: Dataset, stored_length: int, protocol: EvaluationProtocol) -> dict[str, float]:
    """Return test metrics, by name, of the lists that a run stored.

    Args:
        folder: run folder.
        dataset: dataset that the run was tested on, with the held-out interactions that it evaluated.
        stored_length: length ``K`` of the stored lists.
        protocol: protocol whose metrics and lengths are used; its other options are ignored.

    Raises:
        MissingFilesError: if the run stored no recommendations.
        UserError: if a length exceeds that of the lists, or the lists do not belong to the dataset.
    """
    _refuse_longer(protocol.ks, stored_length)
    users = _tested_users(folder, dataset)
    held_out = csr_array(dataset.test[users])
    metrics = RankingMetrics(protocol.ks, protocol.metrics)
    items = _stored_items(folder, dataset, stored_length)[users][:, : metrics.max_k]
    lists = RankedLists(dataset.num_users, metrics.max_k, torch.device("cpu"))
    ranked = torch.from_numpy(items)
    lists.add(torch.from_numpy(users), ranked, torch.zeros(ranked.shape))
    pairs = torch.from_numpy(coordinates(held_out))
    means = metrics.per_user(ranked, pairs).double().mean(0)
    accuracy = {f"test/{name}": float(value) for name, value in zip(metrics.names, means, strict=True)}
    further = ListMetrics(dataset, protocol.list_metrics)(lists)
    # In the precision in which a test logs them.
    return accuracy | {f"test/{name}@{metrics.max_k}": float(torch.tensor(value)) for name, value in further.items()}


def _tested_users(folder: RunFolder, dataset: Dataset) -> np.ndarray:
    """Return the users whom the run tested, ascending, also those with empty lists.

    All users with test items are tested, unless ``trainer.limit_test_batches`` left some out.

    Raises:
        UserError: if the table of the users' metrics is damaged.
    """
    if not folder.per_user.is_file():
        return dataset.test_users
    # Earlier releases also tested users without items of ``evaluation.item_pool``.
    return np.intersect1d(read_table(folder.per_user, PER_USER)["user"].cast(pl.Int64).to_numpy(), dataset.test_users)


def _refuse_longer(ks: Sequence[int], stored_length: int) -> None:
    impossible = [str(k) for k in ks if k > stored_length]
    if impossible:
        raise UserError(
            f"ks={','.join(impossible)} is impossible: the stored lists have {stored_length} places; leave out "
            "from=recommendations to rank again"
        )


def _stored_items(folder: RunFolder, dataset: Dataset, length: int) -> np.ndarray:
    """Return the stored lists, best first, -1 for gaps, ``(num_users, length)``.

    Raises:
        MissingFilesError: if the run stored no lists.
        UserError: if the lists are damaged or do not belong to the dataset.
    """
    path = folder.recommendations
    if not path.is_file():
        raise MissingFilesError(f"{path} is missing: leave out from=recommendations to rank again")
    table = read_table(path, RECOMMENDATIONS)
    columns = table.select("user", "rank", "item").cast(pl.Int64).to_numpy().T
    user, rank, item = columns
    sizes = (dataset.num_users, length + 1, dataset.num_items)
    if any(values.max(initial=0) >= size for values, size in zip(columns, sizes, strict=True)) or 0 in rank:
        raise UserError(f"{path} holds other users, ranks or items than {dataset.name} and the run's evaluation.ks")
    items = np.full((dataset.num_users, length), -1, dtype=np.int64)
    items[user, rank - 1] = item
    if (items >= 0).sum() < len(table):
        raise UserError(f"{path} is damaged: a user has two items of the same rank")
    if table.select("user", "item").is_duplicated().any():
        raise UserError(f"{path} is damaged: a user has the same item at two ranks")
    if not np.array_equal(hits(items, dataset.test)[user, rank - 1], table["hit"].to_numpy()):
        raise UserError(f"{path} does not fit the test split of {dataset.name}, which has changed since that run")
    return items
