"""Nearest neighbours of items and users according to the model."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array, eye_array

from rlmrec.backbones.scores import EmbeddingScores, MatrixScores, Scores
from rlmrec.data.external_ids import known_numbers
from rlmrec.evaluation.ranking import scored_top_items
from rlmrec.recommending.lists import named_lists


def similar(scores: Scores, entities: pl.DataFrame, ids: Sequence[str], k: int, kind: str) -> pl.DataFrame:
    """Return the nearest neighbours of items or users, excluding themselves.

    Args:
        scores: similarities of items x items or users x users.
        entities: table of the dataset's items or users.
        ids: external ids to find neighbours of.
        k: number of neighbours of each.
        kind: ``item`` or ``user``.

    Returns:
        Columns ``kind``, rank (from 1), neighbour, title and score.

    Raises:
        UserError: if ids are not in the dataset; the message names them.
    """
    rows = torch.from_numpy(known_numbers(entities, ids, kind)).to(scores.device)
    itself = torch.stack([torch.arange(len(rows), device=rows.device), rows])
    unknown = ~scores.items.any(1) if isinstance(scores, EmbeddingScores) else None  # zeros have no direction
    with torch.no_grad():
        found, values = scored_top_items(scores, rows, itself, k, unknown)
    if unknown is not None:
        found[unknown[rows]] = -1
    table = named_lists(kind, ids, "neighbour", entities, found.cpu().numpy(), values.float().cpu().numpy())
    return table.filter(pl.col("score") > 0) if isinstance(scores, MatrixScores) else table


def cosines(embeddings: torch.Tensor) -> Scores:
    """Return the cosine similarities of embeddings ``(n, D)`` to one another."""
    directions = torch.nn.functional.normalize(embeddings, dim=1)
    return EmbeddingScores(directions, directions)


def rows_of(matrix: csr_array | np.ndarray) -> Scores:
    """Return the entries of an items x items or users x users matrix as scores; only positive ones mean neighbours."""
    return MatrixScores(eye_array(matrix.shape[0], dtype=np.float32, format="csr"), matrix)
