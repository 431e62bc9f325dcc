"""Nearest neighbours of items and of users, as the model sees them."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from scipy.sparse import csr_array

from rlmrec.backbones.scores import EmbeddingScores, MatrixScores, Scores
from rlmrec.data.external_ids import known_numbers
from rlmrec.evaluation.ranking import scored_top_items


def similar(scores: Scores, entities: pl.DataFrame, ids: Sequence[str], k: int, kind: str) -> pl.DataFrame:
    """Return the neighbours of some items or users, without themselves.

    Args:
        scores: of items x items or users x users.
        entities: the items or users of the dataset.
        ids: external ids.
        k: neighbours of each.
        kind: ``item`` or ``user``.

    Returns:
        Columns ``kind``, rank (from 1), neighbour, title and score.

    Raises:
        UserError: names those that are not in the dataset.
    """
    rows = torch.from_numpy(known_numbers(entities, ids, kind)).to(scores.device)
    itself = torch.stack([torch.arange(len(rows), device=rows.device), rows])
    with torch.no_grad():
        found, values = scored_top_items(scores, rows, itself, k)
    table = pl.DataFrame(
        {
            kind: pl.Series(ids, dtype=pl.String).gather(np.repeat(np.arange(len(ids)), k)),
            "rank": np.tile(np.arange(1, k + 1), len(ids)),
            "number": found.cpu().numpy().ravel(),
            "score": values.float().cpu().numpy().ravel(),
        }
    ).filter((pl.col("number") >= 0) & (pl.col("score") != 0))
    names = entities.select("external_id", "title")[table["number"]]
    return table.select(kind, "rank", neighbour=names["external_id"], title=names["title"], score="score")


def cosines(embeddings: torch.Tensor) -> Scores:
    """Return the cosines of embeddings with one another, from ``(n, D)``."""
    directions = torch.nn.functional.normalize(embeddings, dim=1)
    return EmbeddingScores(directions, directions)


def rows_of(matrix: csr_array | np.ndarray) -> Scores:
    """Return the entries of a matrix of items x items or users x users as scores; 0 is no neighbour."""
    count = matrix.shape[0]
    places = np.arange(count)
    return MatrixScores(csr_array((np.ones(count, np.float32), (places, places)), (count, count)), matrix)
