"""Initial item embeddings from text that are trained only in directions in which profiles hardly differ."""

import torch
from torch import Tensor

from rlmrec.common.option_types import Ratio
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions
from rlmrec.initialisers.base import Initialiser
from rlmrec.initialisers.text import item_texts, principal_components, with_means_of_items


class AlphaFuse(Initialiser):
    """Hu et al., "AlphaFuse: Learn ID Embeddings for Sequential Recommendation in Null Space of Language" (SIGIR 2025).

    Items begin with the first ``d`` principal components of their profile embeddings, each scaled to variance 1. The
    leading components stay fixed; only the last ones, along which profiles hardly differ, are trained. As with
    ``cover=False`` in the published code, the learned part is added to the text and starts at zero.

    The published method is for sequences of items and has no user embeddings: here users begin with the mean of their
    items and are trained in all directions, as are items without a profile, which keep their random initialisation. The
    published width is 128, of which 64 are trained. Both tables are scaled to the usual size of initial embeddings.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; those of users are not used.
        null_share: share of the ``d`` directions of items that is trained, those of least variance.
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
