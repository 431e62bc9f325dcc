"""TextGCN."""

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn.functional import normalize

from rlmrec.backbones.fitted import FittedBackbone
from rlmrec.backbones.normalising import normalised, power, scaled
from rlmrec.backbones.scores import EmbeddingScores, Matrix, Scores
from rlmrec.backbones.text_profiles import refuse_items_without_text, with_users_from_items
from rlmrec.common.option_types import Layers
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


class TextGCN(FittedBackbone):
    """Volokhin et al., "Enhancing Collaborative Filtering Recommender with Text" (2024), without trained parameters.

    Items begin with their profile embeddings, users with the mean of their items', or with their own if they have no
    interactions. ``Z`` is the mean of these embeddings propagated by ``A^l``, ``l = 0 ... num_layers``, with ``A`` the
    normalised graph; scores are cosines of the rows of ``Z``, ``(num_users + num_items, T)``. New items need no fit.

    Published result: recall@20 on other data. The authors chose the number of layers by hand; here validation chooses
    it.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_layers: number of propagations.
    """

    uses_profiles = True
    accepts_one_sided = True
    supports_cold_start = True

    def __init__(
        self, interactions: Interactions, profile_embeddings: ProfileEmbeddings, num_layers: Layers = 3
    ) -> None:
        super().__init__(interactions)
        self.interactions = interactions
        self.profile_embeddings = profile_embeddings
        self.num_layers = num_layers
        self.of_items = np.asarray(self.train.sum(axis=0))

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        width = self.profile_embeddings.shape[1]
        of_items = dict.fromkeys(("items", "item_layers", "texts"), (self.num_items, width))
        return {"users": (self.num_users, width), **of_items}

    def check(self) -> None:
        refuse_items_without_text(self.profile_embeddings, self.num_users, "textgcn")

    def fit(self, seed: int) -> dict[str, Matrix]:
        graph = normalised(self.train)
        back = graph.T.tocsr()
        layers = with_users_from_items(self.interactions, self.profile_embeddings).float().numpy()
        users, items = layers[: self.num_users], layers[self.num_users :]
        texts, user_sum, item_sum, before = items, users.copy(), items.copy(), np.zeros_like(items)
        for _ in range(self.num_layers):
            before += items
            users, items = graph @ items, back @ users
            user_sum += users
            item_sum += items
        found = {"users": user_sum, "items": item_sum, "item_layers": before, "texts": texts}
        return {name: (part / (self.num_layers + 1)).astype(np.float32) for name, part in found.items()}

    def scores(self, fitted: dict[str, Matrix]) -> Scores:
        return EmbeddingScores(_unit(fitted["users"]), _unit(fitted["items"]))

    def embeddings_from_text(self, texts: Tensor) -> Tensor:
        return _unit(texts)

    def fold_in(self, fitted: dict[str, Matrix], histories: csr_array) -> Scores:
        own = np.asarray(histories.sum(axis=1))
        mean_texts = scaled(histories, rows=power(own, -1.0)) @ fitted["texts"]
        received = scaled(histories, power(own, -0.5), power(self.of_items, -0.5)) @ fitted["item_layers"]
        return EmbeddingScores(_unit(mean_texts + received), _unit(fitted["items"]))


def _unit(rows: Any) -> Tensor:
    """Return rows scaled to unit length, float32."""
    return normalize(torch.from_numpy(np.asarray(rows, np.float32)), dim=1)
