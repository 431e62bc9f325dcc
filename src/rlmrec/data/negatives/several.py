"""Several negatives for every positive."""

from pydantic import PositiveInt

from rlmrec.data.negatives.base import Score
from rlmrec.data.negatives.uniform import UniformNegatives
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch


class SeveralNegatives(UniformNegatives):
    """Several uniform items for every positive; the pair is repeated for each of them.

    Losses are means over pairs, so those of users and positives keep their scale. Those of NCL are sums, which grow
    with the number of negatives, as in RecBole.

    Args:
        interactions: the training interactions.
        num_negatives: number ``n`` of items drawn for every pair; a batch of ``B`` pairs becomes one of ``B * n``.
    """

    def __init__(self, interactions: Interactions, num_negatives: PositiveInt = 4) -> None:
        super().__init__(interactions)
        self.num_drawn = num_negatives

    def pairs(self, batch: Batch, score: Score) -> Batch:
        assert batch.negatives is not None
        count = batch.negatives.shape[1]
        users, positives = (ids.repeat_interleave(count) for ids in (batch.users, batch.positives))
        weights = None if batch.weights is None else batch.weights.repeat_interleave(count)
        return Batch(users, positives, batch.negatives.flatten(), weights)
