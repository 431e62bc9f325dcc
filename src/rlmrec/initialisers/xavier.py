"""Random initial embeddings."""

from torch import Tensor

from rlmrec.initialisers.base import Initialiser


class Xavier(Initialiser):
    """Keep what the backbone has drawn: Xavier uniform, for users and for items by themselves (quirk Q14)."""

    needs_embeddings = False
    needs_table = False
    uses_profiles = False

    def first_weights(self, drawn: Tensor) -> Tensor:
        return drawn
