"""Matrix factorisation."""

from pydantic import PositiveInt
from torch import Tensor

from rlmrec.backbones.base import Backbone, Encoding
from rlmrec.graph import Interactions


class MF(Backbone):
    """Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (UAI 2009).

    Node embeddings are the initial embeddings ``(N, d)``, trained with BPR: scores are ``u . i``. SELFRec uses a width
    of 64 and a regularisation of 1e-4.

    Published result: RecBole-GNN, ml-1m, recall@10 .1776 (LightGCN .1861), chosen by validation.

    Args:
        interactions: the training interactions.
        embedding_dim: width ``d``.
    """

    has_static_shapes = True

    def __init__(self, interactions: Interactions, embedding_dim: PositiveInt = 64) -> None:
        super().__init__(interactions, embedding_dim)

    def encode(self, initial: Tensor) -> Encoding:
        return Encoding(initial)

    def embed(self) -> Tensor:
        return self.initial_embeddings
