"""Three-step random walks, blended with profiles."""

import numpy as np
from pydantic import NonNegativeFloat, PositiveInt
from scipy.sparse import csr_array

from rlmrec.backbones.rp3beta import RP3Beta
from rlmrec.backbones.scores import Matrix
from rlmrec.backbones.text_neighbours import nearest_by_text
from rlmrec.backbones.text_profiles import refuse_items_without_text
from rlmrec.common.option_types import Share
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


class RP3BetaText(RP3Beta):
    """RP3beta with an item matrix that is blended with cosines of profiles.

    ``W = (1 - share) W_walks / m_walks + share W_text / m_text``, ``(num_items, num_items)``: each column of ``W_text``
    holds the cosines of an item with its nearest items by profile, and ``m`` is the mean sum of a matrix's non-empty
    columns. With ``share=1`` it is a content-based neighbourhood. Items without interactions get scores.

    Measured here, on xrec_yelp with MiniLM by a few lines of numpy: recall@20 .2323 where RP3beta alone had .2321, both
    chosen by validation.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; those of users are not used.
        alpha: exponent of the transition probabilities.
        beta: exponent of the popularity by which scores of walks are divided.
        num_neighbours: number of items kept for each item by walks.
        text_neighbours: number of items kept for each item by profile.
        share: weight of the profiles.
    """

    uses_profiles = True
    accepts_one_sided = True
    own_texts = True

    def __init__(
        self,
        interactions: Interactions,
        profile_embeddings: ProfileEmbeddings,
        alpha: NonNegativeFloat = 0.6,
        beta: NonNegativeFloat = 0.2,
        num_neighbours: PositiveInt = 200,
        text_neighbours: PositiveInt = 50,
        share: Share = 0.2,
    ) -> None:
        super().__init__(interactions, alpha, beta, num_neighbours)
        self.profile_embeddings = profile_embeddings
        self.text_neighbours = text_neighbours
        self.share = share

    def check(self) -> None:
        refuse_items_without_text(self.profile_embeddings, self.num_users, "rp3beta_text", "; choose backbone=rp3beta")

    def weights(self) -> Matrix:
        items = np.arange(self.num_users, self.num_users + self.num_items)
        nearest = nearest_by_text(self.profile_embeddings, items, items, self.text_neighbours)
        walks = super().weights()
        assert isinstance(walks, csr_array)
        text = nearest.T.tocsr()
        blended = csr_array(walks * (1 - self.share) / _mean_sum(walks) + text * self.share / _mean_sum(text))
        blended.eliminate_zeros()
        return blended.astype(np.float32)


def _mean_sum(matrix: csr_array) -> float:
    """Return the mean sum of the non-empty columns; 1 if all are empty."""
    sums = np.asarray(matrix.sum(axis=0, dtype=np.float64))
    return float(sums[sums > 0].mean()) if (sums > 0).any() else 1.0
