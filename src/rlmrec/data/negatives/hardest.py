"""Hard negatives: the highest-scored of several candidates."""

import torch
from pydantic import PositiveInt
from torch import Tensor

from rlmrec.data.negatives.base import Score
from rlmrec.data.negatives.uniform import UniformNegatives
from rlmrec.graph import Interactions
from rlmrec.graph.batch import Batch


class HardestNegatives(UniformNegatives):
    """Dynamic negative sampling (Zhang et al., SIGIR 2013): the highest-scored of several uniform items.

    Args:
        interactions: the training interactions.
        num_candidates: number ``n`` of items drawn for every pair.
    """

    def __init__(self, interactions: Interactions, num_candidates: PositiveInt = 8) -> None:
        super().__init__(interactions)
        self.num_drawn = num_candidates

    def pairs(self, batch: Batch, score: Score) -> Batch:
        candidates = batch.negatives
        assert candidates is not None
        with torch.no_grad():
            best: Tensor = score(batch.users[:, None].expand_as(candidates), candidates).argmax(1, keepdim=True)
        return batch._replace(negatives=candidates.gather(1, best)[:, 0])
