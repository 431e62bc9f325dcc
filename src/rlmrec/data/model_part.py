"""What the parts of a model declare of themselves, and the base of all modules that may read profile embeddings."""

from collections.abc import Iterable
from typing import ClassVar

from torch import Tensor, nn

from rlmrec.data.profile_embeddings import ProfileEmbeddings


class ModelPart:
    """A backbone, or a part that goes with one: what its class declares before it is made.

    What says nothing, such as a function that makes a part, is taken to declare these values.
    """

    uses_profiles: ClassVar[bool] = False
    """True if the constructor also takes ``profile_embeddings``, users first, ``(N, T)``; otherwise none are read."""
    accepts_one_sided: ClassVar[bool] = False
    """True if users or items may have no profile embeddings at all; those are then zero."""
    own_texts: ClassVar[bool] = False
    """True if the profile embeddings of nodes without a profile of their own come as zeros, not as the mean."""
    needs_embeddings: ClassVar[bool] = False
    """True if the backbone must have node embeddings during training (``has_embeddings``)."""
    needs_table: ClassVar[bool] = False
    """True if the backbone must train its initial embeddings (``has_table``)."""
    has_embeddings: ClassVar[bool] = True
    """True, of a backbone, if there are node embeddings during training, which an aligner can align."""
    has_table: ClassVar[bool] = True
    """True, of a backbone, if initial embeddings are trained; otherwise nothing of them is stored."""
    takes_dataset: ClassVar[bool] = False
    """True, of a backbone, if the constructor also takes the ``dataset``."""
    uses_negatives: ClassVar[bool] = False
    """True, of a backbone, if its losses use sampled negatives."""
    supports_cold_start: ClassVar[bool] = False
    """True if ``embeddings_from_text`` is implemented."""


class ProfileModule(ModelPart, nn.Module):
    """A module beside the backbone that may read profile embeddings ``(N, T)``, users first."""

    uses_profiles = True
    needs_embeddings = True

    profile_embeddings: ProfileEmbeddings

    def register_profiles(self, profile_embeddings: ProfileEmbeddings) -> None:
        """Keep profile embeddings: a tensor follows the model to its device and stays out of checkpoints."""
        if isinstance(profile_embeddings, Tensor):
            self.register_buffer("profile_embeddings", profile_embeddings, persistent=False)
        else:
            self.profile_embeddings = profile_embeddings

    def regularised_parameters(self) -> Iterable[nn.Parameter]:
        """Return the parameters that L2 covers: all, as published (quirk Q4), unless a part says otherwise."""
        return self.parameters()
