"""Item identities in the directions that text hardly uses."""

import torch
from torch import Tensor

from rlmrec.common.option_types import Ratio
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions
from rlmrec.initialisers.base import Initialiser
from rlmrec.initialisers.text import item_texts, principal_components, with_means_of_items


class AlphaFuse(Initialiser):
    """Hu et al., "AlphaFuse: Learn ID Embeddings for Sequential Recommendation in Null Space of Language" (SIGIR 2025).

    Items begin with the first ``d`` principal components of their profile embeddings, each with variance 1. The leading
    ones stay as they are; only the last ones, in whose directions profiles hardly differ, are trained. As in the
    published code's ``cover=False``, what is learned there is added to the text, and begins as nothing.

    Published for sequences of items, which have no table of users: here users begin with the mean of their items and
    are trained in all directions, as are items without a profile, which begin as drawn. The published widths are 128,
    of which 64 are trained. Both tables are scaled to the usual size of initial embeddings.

    Args:
        interactions: the training interactions.
        profile_embeddings: users first, ``(N, T)``; those of users are not used.
        null_share: share of the ``d`` directions of items that are trained, those of least variance.
    """

    accepts_one_sided = True
    own_texts = True

    def __init__(
        self, interactions: Interactions, profile_embeddings: ProfileEmbeddings | None, null_share: Ratio = 0.5
    ) -> None:
        super().__init__(interactions, profile_embeddings)
        self.null_share = null_share

    def first_weights(self, drawn: Tensor) -> Tensor:
        texts, known = item_texts(self.profile_embeddings, self.interactions.num_users, drawn.shape[1])
        components = principal_components(texts, drawn.shape[1])
        whitened = components / components.square().mean(0).sqrt().clamp(min=1e-12)
        return with_means_of_items(whitened.to(drawn), known, drawn, self.interactions)

    def trainable(self, drawn: Tensor) -> Tensor:
        num_users, width = self.interactions.num_users, drawn.shape[1]
        _, known = item_texts(self.profile_embeddings, num_users, width)
        trained = torch.ones_like(drawn)
        trained[num_users + known, : width - round(self.null_share * width)] = 0
        return trained
