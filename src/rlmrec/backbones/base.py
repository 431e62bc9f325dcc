"""The interface of every backbone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from rlmrec.common.room import refuse_beyond_memory
from rlmrec.data.model_part import ModelPart
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch
from rlmrec.losses import bpr

Fuse = Callable[[Tensor, Tensor | slice], Tensor]
"""Maps embeddings ``(n, D)`` of some users, or of some items, and their node ids to scored embeddings ``(n, F)``."""


def unfused(rows: Tensor, ids: Tensor | slice) -> Tensor:
    """Return node embeddings unchanged."""
    return rows


@dataclass(frozen=True)
class Encoding:
    """The result of a training pass.

    Args:
        nodes: node embeddings, users first, ``(N, D)``, which are aligned.
        views: input of the backbone's own self-supervised term; private to the backbone.
        fuse_users: function from node embeddings of users to scored embeddings; the identity by default.
        fuse_items: the same for items.
    """

    nodes: Tensor
    views: Any = None
    fuse_users: Fuse = unfused
    fuse_items: Fuse = unfused


class Backbone(ModelPart, nn.Module, ABC):
    """A graph recommender with ``N`` nodes (users first, then items), embedding dimension ``d`` and output width ``D``.

    Args:
        interactions: the training interactions.
        embedding_dim: embedding dimension ``d``.
        initial: initial embeddings, trained if ``has_table``; drawn as ``(N, d)`` by default.
    """

    uses_negatives = True
    has_static_shapes: bool = False
    """Whether training steps have the same shapes for all batches with weights.

    All loss terms must then ignore pairs of weight 0.
    """
    faster_captured: ClassVar[bool] = True
    """Whether steps of static shapes are faster as a CUDA graph; if not, ``trainer.cuda_graph=auto`` captures none."""
    initial_embeddings: Tensor
    """The embeddings that a pass begins with, ``(N, d)`` unless the constructor received others."""
    static_shapes: bool = False
    """Whether the shapes of the coming step must equal those of every other step, as CUDA graphs require."""

    def __init__(self, interactions: Interactions, embedding_dim: int, initial: Tensor | None = None) -> None:
        super().__init__()
        self.num_users = interactions.num_users
        self.num_items = interactions.num_items
        self.embedding_dim = embedding_dim
        initial = _drawn(interactions, embedding_dim) if initial is None else initial
        if self.has_table:
            self.initial_embeddings = nn.Parameter(initial)
        else:
            self.register_buffer("initial_embeddings", initial, persistent=False)

    @property
    def initial_dim(self) -> int:
        """Return the width of the initial embeddings: ``d``, unless the backbone sets another."""
        return self.initial_embeddings.shape[1]

    @property
    def output_dim(self) -> int:
        """Return the output width ``D``."""
        return self.embedding_dim

    @abstractmethod
    def encode(self, initial: Tensor) -> Encoding:
        """Run the training pass from initial embeddings ``(N, d)``, which an aligner may have masked."""

    @abstractmethod
    def embed(self) -> Tensor:
        """Run the evaluation pass: unmasked initial embeddings, full graph, no randomness, ``(N, D)``.

        The result depends only on ``state_dict`` and the training interactions; the pass changes no state.
        """

    def embeddings_from_text(self, texts: Tensor) -> Tensor:
        """Return embeddings ``(C, D)`` of nodes without interactions from their profile embeddings ``(C, T)``."""
        raise NotImplementedError(f"{type(self).__name__} does not place nodes by their profiles")

    def fold_in(self, histories: csr_array) -> Tensor | None:
        """Return the rows that ``embed`` would give to users absent from training, all weights unchanged.

        Args:
            histories: canonical binary interactions of new users, ``(V, num_items)`` float32.

        Returns:
            User embeddings, ``(V, D)``; None if the backbone has no such method, in which case users are placed by the
            embeddings of their items.
        """
        return None

    def losses(self, encoding: Encoding, batch: Batch) -> dict[str, Tensor]:
        """Return named scalar loss terms with their weights applied; BPR unless a backbone overrides this.

        Recommendation terms read ``scored`` embeddings, self-supervised terms ``encoding.nodes`` or ``views``.
        """
        users, positives, negatives = self.scored(encoding, batch)
        return {"bpr": bpr(users, positives, negatives, batch.weights)}

    def regularised_parameters(self) -> Iterable[nn.Parameter]:
        """Return the parameters with L2 regularisation: by default all, as published (quirk Q4)."""
        return self.parameters()

    def set_active_nodes(self, nodes: Tensor) -> None:
        """Announce the node ids ``(n,)`` that the next training pass will use; ignored by default."""

    def resamples(self, batch_idx: int) -> bool:
        """Return whether ``resample`` draws before step ``batch_idx`` of an epoch, whose shapes may then vary."""
        return False

    def resample(self, batch_idx: int) -> dict[str, Tensor]:
        """Redraw state that lasts several steps, before step ``batch_idx`` of an epoch; return loss terms, if any."""
        return {}

    def select(self, nodes: Tensor, batch: Batch) -> list[Tensor]:
        """Return the node embeddings of a batch's users, positives and negatives (if any), each ``(B, D)``."""
        return [nodes.index_select(0, ids) for ids in batch.node_ids(self.num_users)]

    def scored(self, encoding: Encoding, batch: Batch) -> list[Tensor]:
        """Return the scored embeddings of a batch's users, positives and negatives (if any), each ``(B, F)``."""
        users, *items = batch.node_ids(self.num_users)
        rows = encoding.nodes.index_select
        return [encoding.fuse_users(rows(0, users), users), *(encoding.fuse_items(rows(0, i), i) for i in items)]

    def pair_scores(self, encoding: Encoding, users: Tensor, items: Tensor) -> Tensor:
        """Return training scores ``(B, n)`` of pairs of users and items, both ``(B, n)`` and counted from 0."""
        first, second = users.flatten(), items.flatten() + self.num_users
        chosen = encoding.fuse_users(encoding.nodes[first], first)
        return (chosen * encoding.fuse_items(encoding.nodes[second], second)).sum(-1).view_as(items)

    def split(self, nodes: Tensor) -> tuple[Tensor, Tensor]:
        """Return user rows ``(num_users, D)`` and item rows ``(num_items, D)``."""
        return nodes[: self.num_users], nodes[self.num_users :]


def _drawn(interactions: Interactions, embedding_dim: int) -> Tensor:
    """Return freshly drawn initial embeddings, ``(N, d)``.

    Raises:
        UserError: if they exceed the memory.
    """
    nodes = interactions.num_nodes
    refuse_beyond_memory(4 * nodes * embedding_dim, f"backbone.embedding_dim={embedding_dim} of {nodes} nodes")
    tables = [torch.empty(n, embedding_dim) for n in (interactions.num_users, interactions.num_items)]
    # Each table is initialised according to its own size (quirk Q14).
    return torch.cat([nn.init.xavier_uniform_(table) for table in tables])
