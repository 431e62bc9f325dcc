"""Random initial embeddings."""

from torch import Tensor

from rlmrec.initialisers.base import Initialiser


class Xavier(Initialiser):
    """The random initialisation of the backbone: Xavier uniform, separately for users and items (quirk Q14)."""

    needs_embeddings = False
    needs_table = False
    uses_profiles = False

    def first_weights(self, drawn: Tensor) -> Tensor:
        return drawn
