"""Rules that every dataset must satisfy."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from rlmrec.common.chunks import chunks
from rlmrec.common.errors import UserError
from rlmrec.data.dataset import Dataset

ROWS_AT_ONCE = 8192


def validate(dataset: Dataset, allow_empty_training_rows: bool = False) -> None:
    """Check a dataset before it is used.

    Args:
        dataset: loaded dataset.
        allow_empty_training_rows: whether to accept users without training interactions.

    Raises:
        UserError: if there are problems; names all of them.
    """
    found = problems(dataset, allow_empty_training_rows)
    if found:
        raise UserError(f"dataset {dataset.name}: {'; '.join(found)}")


def problems(dataset: Dataset, allow_empty_training_rows: bool = False) -> list[str]:
    """Return all problems of a dataset, one line each; see ``validate``."""
    found = [*_split_problems(dataset), *_entity_problems(dataset)]
    if not found:  # these checks assume matching shapes
        found = [*_overlaps(dataset), *_empty_rows(dataset, allow_empty_training_rows)]
    return found


def _split_problems(dataset: Dataset) -> Iterator[str]:
    for name, matrix in dataset.splits.items():
        if matrix.shape != dataset.train.shape:
            yield f"{name} is {matrix.shape}, but train is {dataset.train.shape} (users, items)"
            continue
        if matrix.nnz and not 0 <= matrix.indices.min() <= matrix.indices.max() < matrix.shape[1]:
            yield f"{name} holds item ids outside 0 to {matrix.shape[1] - 1}"
            continue
        if not np.all(matrix.data == 1):
            value = matrix.data[matrix.data != 1][0]
            yield f"{name} holds values other than 1, such as {value:g}: interactions must be binary"
        if not matrix.has_canonical_format:
            yield f"{name} holds duplicate or unsorted entries: call sum_duplicates() and set the data to 1"
        if not matrix.nnz:
            yield f"{name} holds no interaction"


def _entity_problems(dataset: Dataset) -> Iterator[str]:
    counts = {"user": dataset.num_users, "item": dataset.num_items}
    tables = {"user": dataset.users, "item": dataset.items}
    embeddings = {"user": dataset.user_embeddings, "item": dataset.item_embeddings}
    for kind, count in counts.items():
        if len(tables[kind]) != count:
            yield f"{len(tables[kind])} rows in the table of {kind}s, but {count} {kind}s in train"
        vectors = embeddings[kind]
        if vectors is not None:
            yield from _embedding_problems(kind, vectors, count)
    widths = {vectors.shape[-1] for vectors in embeddings.values() if vectors is not None}
    if len(widths) > 1:
        yield f"user and item embeddings differ in width: {sorted(widths)}"


def _embedding_problems(kind: str, vectors: np.ndarray, count: int) -> Iterator[str]:
    if vectors.ndim != 2 or len(vectors) != count:
        yield f"{kind} embeddings are {vectors.shape}, but there are {count} {kind}s"
    elif vectors.dtype.kind != "f":
        yield f"{kind} embeddings are of type {vectors.dtype}, not floating point"
    else:
        bad = sum(int((~_finite(vectors[rows])).sum()) for rows in chunks(count, ROWS_AT_ONCE))
        if bad:
            yield f"{bad} {kind} embeddings hold NaN or infinite values"


def _finite(vectors: np.ndarray) -> np.ndarray:
    """Return which rows are finite in single precision, as used in training, ``(n,)`` bool."""
    with np.errstate(over="ignore"):
        return np.all(np.isfinite(vectors.astype(np.float32, copy=False)), axis=1)


def _overlaps(dataset: Dataset) -> Iterator[str]:
    for (first, left), (second, right) in combinations(dataset.splits.items(), 2):
        shared = csr_array(left.multiply(right)).tocoo()
        if shared.nnz:
            user, item = (int(ids[0]) for ids in shared.coords)
            yield f"{shared.nnz} interactions are in both {first} and {second}, such as user {user} with item {item}"


def _empty_rows(dataset: Dataset, allowed: bool) -> Iterator[str]:
    empty = np.flatnonzero(np.diff(dataset.train.indptr) == 0)
    if len(empty) and not allowed:
        yield (
            f"{len(empty)} users have no training interaction, such as user {empty[0]}: "
            "remove them, or set allow_empty_training_rows=true (train: dataset.allow_empty_training_rows=true)"
        )
