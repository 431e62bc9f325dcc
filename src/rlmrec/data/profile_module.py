"""The base of all modules that may read profile embeddings."""

from collections.abc import Iterable
from typing import ClassVar

from torch import Tensor, nn

from rlmrec.data.profile_embeddings import ProfileEmbeddings


class ProfileModule(nn.Module):
    """A module that may read profile embeddings ``(N, T)``, users first."""

    needs_embeddings: ClassVar[bool] = True
    """False if the backbone need not have node embeddings."""
    uses_profiles: ClassVar[bool] = True
    """False if profile embeddings are not needed; they are then not read."""
    one_sided: ClassVar[bool] = False
    """True if users or items may have no profile embeddings at all; those are then zero (``nodes_with_text``)."""
    own_texts: ClassVar[bool] = False
    """True if the profile embeddings of nodes without a profile of their own come as zeros, not as the mean."""

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
