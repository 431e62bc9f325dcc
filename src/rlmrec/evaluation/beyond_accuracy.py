"""Metrics of recommendation lists beyond accuracy: diversity, novelty and popularity bias."""

import numpy as np
from scipy.sparse import csr_array

from rlmrec.data.dataset import Dataset
from rlmrec.evaluation.ranked_lists import RankedLists

HEAD_SHARE = 0.2
"""Share of the items, the most popular ones, that are not in the long tail."""
VALUES_AT_ONCE = 2**22
"""Numbers of item embeddings held at once (16 MiB in float32)."""


class BeyondAccuracy:
    """Metrics of the lists of all users with test items; ``diversity`` sees the profile embeddings of the dataset.

    Args:
        dataset: the dataset of training and test.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __call__(self, lists: RankedLists) -> dict[str, float]:
        """Return the metrics of ``beyond_accuracy`` by name."""
        users = np.flatnonzero(np.diff(self.dataset.test.indptr))
        held_out = csr_array(self.dataset.test[users])
        return beyond_accuracy(lists.of(users)[0], held_out, self.dataset.train, self.dataset.item_embeddings)


def beyond_accuracy(
    recommended: np.ndarray, held_out: csr_array, train: csr_array, item_embeddings: np.ndarray | None
) -> dict[str, float]:
    """Return metrics of the lists of all evaluated users, by name; PyG's own would read a gap as the last item.

    - ``coverage``: share of all items that are in anyone's list.
    - ``gini``: inequality of how often items are recommended, 0 if all are equal, towards 1 if few items take all.
    - ``novelty``: mean self-information of a recommended item in bits, ``-log2`` of the share of users who had it in
      training (Zhou et al., "Solving the apparent diversity-accuracy dilemma", PNAS 2010); an item nobody had counts
      as if one user had it.
    - ``popularity``: mean number of training interactions of a recommended item.
    - ``popularity_lift``: how far that is above the mean over a user's own training items, 0.5 for 50 % above
      (Abdollahpouri et al., "The Connection Between Popularity Bias, Calibration, and Fairness", RecSys 2020).
    - ``diversity``: mean cosine distance between the profile embeddings of two items of a list (Ziegler et al., 2005).
    - ``long_tail_recall``: recall over held-out items other than the 20 % most popular in training, averaged over
      users who have any.

    Args:
        recommended: item numbers, best first, -1 where there is none, ``(V, K)``.
        held_out: relevant items of each of these users, ``(V, num_items)``.
        train: the training interactions of all users, ``(num_users, num_items)``; the mean over a user's own items is
            taken over all users who have any.
        item_embeddings: profile embeddings ``(num_items, T)``; without them there is no ``diversity``.
    """
    there = recommended >= 0
    chosen = recommended[there]
    popularity = np.bincount(train.indices, minlength=train.shape[1])
    counts = np.bincount(chosen, minlength=len(popularity))
    lists = there.sum(axis=1)
    filled = lists > 0
    rows = np.nonzero(there)[0]

    def mean_of_lists(values: np.ndarray) -> float:
        sums = np.bincount(rows, weights=values[chosen], minlength=len(recommended))
        return float(np.mean(sums[filled] / lists[filled])) if filled.any() else float("nan")

    shares = np.maximum(popularity, 1) / train.shape[0]
    average = mean_of_lists(popularity)
    usual = _mean_of_own_items(popularity, train)
    metrics = {
        "coverage": float(np.mean(counts > 0)),
        "gini": gini(counts),
        "novelty": mean_of_lists(-np.log2(shares)),
        "popularity": average,
        "popularity_lift": average / usual - 1 if usual else float("nan"),
        "long_tail_recall": long_tail_recall(recommended, held_out, popularity),
    }
    if item_embeddings is not None:
        metrics["diversity"] = diversity(recommended, item_embeddings)
    return {name: value for name, value in metrics.items() if np.isfinite(value)}


def gini(counts: np.ndarray) -> float:
    """Return the Gini coefficient of non-negative counts; NaN if all are zero."""
    ordered, n = np.sort(counts).astype(np.float64), len(counts)
    if not ordered.sum():
        return float("nan")
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * ordered.sum()))


def long_tail(popularity: np.ndarray) -> np.ndarray:
    """Return which items are not among the 20 % most popular, ``(num_items,)``; among equals, the later ones."""
    head = np.argsort(-popularity, kind="stable")[: round(HEAD_SHARE * len(popularity))]
    tail = np.ones(len(popularity), dtype=bool)
    tail[head] = False
    return tail


def long_tail_recall(recommended: np.ndarray, held_out: csr_array, popularity: np.ndarray) -> float:
    """Return recall over held-out items of the long tail, averaged over users who have any; NaN if nobody has."""
    tail = long_tail(popularity)
    rows, columns = held_out.nonzero()
    relevant = np.bincount(rows, weights=tail[columns], minlength=len(recommended))
    found = (hits(recommended, held_out) & tail[recommended]).sum(axis=1)
    having = relevant > 0
    return float(np.mean(found[having] / relevant[having])) if having.any() else float("nan")


def hits(recommended: np.ndarray, held_out: csr_array) -> np.ndarray:
    """Return which recommendations are held-out items, ``(V, K)`` bool; -1 never is."""
    width = held_out.shape[1]
    rows, columns = held_out.nonzero()
    wanted = rows.astype(np.int64) * width + columns
    keys = np.arange(len(recommended), dtype=np.int64)[:, None] * width + recommended
    return np.isin(keys, wanted) & (recommended >= 0)


def diversity(recommended: np.ndarray, item_embeddings: np.ndarray) -> float:
    """Return the mean over users of the mean cosine distance of two items of a list; NaN if no list has two."""
    size = max(1, VALUES_AT_ONCE // (recommended.shape[1] * item_embeddings.shape[1]))
    total, users = 0.0, 0
    for start in range(0, len(recommended), size):
        items = recommended[start : start + size]
        there = items >= 0
        # By distinct items: vectors may be on disk.
        distinct, inverse = np.unique(np.maximum(items, 0), return_inverse=True)
        vectors = np.asarray(item_embeddings[distinct], dtype=np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        listed = vectors[inverse.reshape(items.shape)] * there[:, :, None]
        # The similarities of all pairs of a list add up to the square of its sum, less every item with itself.
        pairs = np.square(listed.sum(axis=1)).sum(axis=1) - np.square(listed).sum(axis=(1, 2))
        n = there.sum(axis=1)
        several = n > 1
        total += float(np.sum(1 - pairs[several] / (n[several] * (n[several] - 1)), dtype=np.float64))
        users += int(several.sum())
    return total / users if users else float("nan")


def _mean_of_own_items(popularity: np.ndarray, train: csr_array) -> float:
    """Return the mean over users of the mean popularity of their training items."""
    items = np.diff(train.indptr)
    sums = train.astype(np.float64) @ popularity
    return float(np.mean(sums[items > 0] / items[items > 0])) if items.any() else 0.0
