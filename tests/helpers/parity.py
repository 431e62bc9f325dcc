"""Recorded figures of the published implementation, and how to feed its random outcomes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from choices import PUBLISHED_BACKBONES
from places import FIXTURES
from rlmrec.graph import Graph, Interactions
from rlmrec.graph.batch import Batch

FOLDER = FIXTURES / "parity"
BACKBONES = PUBLISHED_BACKBONES
ALIGNMENTS = ("none", "contrastive", "generative")
TOLERANCE = 1e-5

# Where the model keeps what the fixtures call by another name.
PARAMETERS = {
    "ego": "backbone.initial_embeddings",
    "user_intents": "backbone.user_intents",
    "item_intents": "backbone.item_intents",
    "attention_query": "backbone.attention.0.query",
    "attention_key": "backbone.attention.0.key",
    "attention_value": "backbone.attention.0.value",
    "mask_token": "aligner.mask_token",
    "projector_hidden_weight": "aligner.projector.0.weight",
    "projector_hidden_bias": "aligner.projector.0.bias",
    "projector_output_weight": "aligner.projector.2.weight",
    "projector_output_bias": "aligner.projector.2.bias",
}


def load(name: str) -> dict[str, Tensor]:
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as arrays:
        return {key: torch.from_numpy(arrays[key]) for key in arrays.files}


def interactions(recorded: dict[str, Tensor]) -> Interactions:
    users, items = recorded["graph/users"], recorded["graph/items"]
    return Interactions(users, items, int(recorded["graph/num_users"]), int(recorded["graph/num_items"]))


def batch(recorded: dict[str, Tensor]) -> Batch:
    return Batch(recorded["batch/users"], recorded["batch/positives"], recorded["batch/negatives"])


def difference(ours: Tensor, recorded: Tensor) -> float:
    """The largest difference relative to the largest recorded value; all values must be finite."""
    assert ours.shape == recorded.shape, (ours.shape, recorded.shape)
    assert recorded.isfinite().all() and recorded.any(), "recorded values are not finite, or all zero"
    assert ours.isfinite().all(), "not finite"
    return float((ours.detach() - recorded).abs().max() / recorded.abs().max())


class RecordedDraws:
    """Stands in for torch's random functions: hands out recorded outcomes in the order in which they were drawn."""

    def __init__(self, recorded: dict[str, Tensor], graph: Graph) -> None:
        self.recorded, self.graph = recorded, graph
        self.uniforms, self.integers = self._uniforms(), self._integers()

    def install(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(torch, "rand_like", self._next(self.uniforms))
        monkeypatch.setattr(torch, "randint", self._next(self.integers))
        if "draw/masked_nodes" in self.recorded:
            masked = self.recorded["draw/masked_nodes"]
            monkeypatch.setattr(torch, "randperm", lambda *_, **__: masked)

    @staticmethod
    def _next(queue: list[Tensor]) -> Callable[..., Tensor]:
        return lambda *_, **__: queue.pop(0)

    def exhausted(self) -> bool:
        return not self.uniforms and not self.integers

    def _uniforms(self) -> list[Tensor]:
        recorded = self.recorded
        if "draw/noise_uniform" in recorded:
            noise = recorded["draw/noise_uniform"]
            return list(noise.flatten(0, 1)) if noise.dim() == 4 else [noise]
        names = ("draw/kept_edge_index", "draw/view_a_edge_index", "draw/view_b_edge_index")
        return [self._uniform_that_keeps(recorded[name]) for name in names if name in recorded]

    def _uniform_that_keeps(self, kept: Tensor) -> Tensor:
        """0 on kept edges and 1 on dropped ones."""
        num_nodes = self.graph.num_nodes
        codes = self.graph.row.long() * num_nodes + self.graph.col
        return 1 - torch.isin(codes, kept[0] * num_nodes + kept[1]).float()

    def _integers(self) -> list[Tensor]:
        recorded = self.recorded
        if "draw/extra_nodes" not in recorded:
            return []
        pairs = torch.stack([recorded["draw/decoder_random_rows"], recorded["draw/decoder_random_columns"]])
        # Pairs are drawn as positions among the touched nodes, which are sorted.
        return [recorded["draw/extra_nodes"], torch.searchsorted(recorded["draw/touched_nodes"], pairs)]
