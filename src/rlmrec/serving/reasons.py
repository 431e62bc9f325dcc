"""Explanations of a recommended item by the nearest items of the history."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from rlmrec.backbones.scores import Scores
from rlmrec.common.errors import UserError
from rlmrec.recommending import ServedModel

NAMED = 1
"""Number of history items named per recommended item by the model, and the same number by text."""


class Reasons:
    """Finds the items of a history that are nearest to recommended ones, by the model and by their profiles.

    Args:
        served: model that recommends.
    """

    def __init__(self, served: ServedModel) -> None:
        self.served = served

    def of(self, items: Sequence[int], history: Sequence[int]) -> list[list[tuple[int, float | None, float | None]]]:
        """Return the nearest items of a history for each recommended item, with both similarities.

        Args:
            items: internal ids of recommended items.
            history: internal ids of the items in the history.

        Returns:
            For each recommended item, tuples of a nearby item's id and its similarities by the model and by text (None
            if unknown); the nearest item by the model comes first.
        """
        if not len(items) or not len(history):
            return [[] for _ in items]
        tables = [self._by_model(items, history), self._by_text(items, history)]
        found = []
        for row in range(len(items)):
            best: dict[int, None] = {}
            for table in tables:
                if table is not None:
                    best |= dict.fromkeys(np.argsort(-table[row], kind="stable")[:NAMED].tolist())
            places = [place for place in best if history[place] != items[row]]
            model, text = ([_entry(table, row, place) for place in places] for table in tables)
            told = zip([int(history[place]) for place in places], model, text, strict=True)
            found.append([reason for reason in told if max(reason[1] or 0, reason[2] or 0) > 0])
        return found

    def _by_model(self, items: Sequence[int], history: Sequence[int]) -> np.ndarray | None:
        if self._similarity is None:
            return None
        with torch.no_grad():
            rows = self._similarity.of(torch.tensor(items, device=self._similarity.device)).float().cpu().numpy()
        near: np.ndarray = rows[:, history]
        if self.served.embeddings is None:  # the matrix has an arbitrary scale
            near = near / np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-12)
        return near

    @cached_property
    def _similarity(self) -> Scores | None:
        try:
            return self.served.similarity("item")
        except UserError:
            return None

    def _by_text(self, items: Sequence[int], history: Sequence[int]) -> np.ndarray | None:
        table = self.served.dataset.item_embeddings
        if table is None:
            return None
        first, second = (_directions(np.asarray(table[np.asarray(rows)], np.float32)) for rows in (items, history))
        return first @ second.T


def _entry(table: np.ndarray | None, row: int, place: int) -> float | None:
    return None if table is None else round(float(table[row, place]), 4)


def _directions(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
