"""Declarations of the parts of a model, and the base class of modules that may read profile embeddings."""

from collections.abc import Iterable
from typing import ClassVar

from torch import Tensor, nn

from rlmrec.data.profile_embeddings import ProfileEmbeddings


class ModelPart:
    """The class attributes that a backbone, or another part of a model, declares before it is built.

    A part that does not derive from this class, such as a factory function, has the default values.
    """

    uses_profiles: ClassVar[bool] = False
    """True if the constructor also takes ``profile_embeddings``, ``(N, T)``, users first; otherwise none are read."""
    accepts_one_sided: ClassVar[bool] = False
    """True if users or items may have no profile embeddings at all; theirs are then zero."""
    own_texts: ClassVar[bool] = False
    """True if nodes without a profile of their own get zero profile embeddings instead of the mean."""
    needs_embeddings: ClassVar[bool] = False
    """True if the part requires a backbone with node embeddings during training (``has_embeddings``)."""
    needs_table: ClassVar[bool] = False
    """True if the part requires a backbone that trains its initial embeddings (``has_table``)."""
    has_embeddings: ClassVar[bool] = True
    """For a backbone: True if it has node embeddings during training, which an aligner can align."""
    has_table: ClassVar[bool] = True
    """For a backbone: True if its initial embeddings are trained; otherwise they are not stored."""
    takes_dataset: ClassVar[bool] = False
    """For a backbone: True if the constructor also takes the ``dataset``."""
    uses_negatives: ClassVar[bool] = False
    """For a backbone: True if its losses use sampled negatives."""
    supports_cold_start: ClassVar[bool] = False
    """True if ``embeddings_from_text`` is implemented."""


class ProfileModule(ModelPart, nn.Module):
    """A module other than the backbone that may read profile embeddings ``(N, T)``, users first."""

    uses_profiles = True
    needs_embeddings = True

    profile_embeddings: ProfileEmbeddings

    def register_profiles(self, profile_embeddings: ProfileEmbeddings) -> None:
        """Store the profile embeddings; a tensor becomes a non-persistent buffer, which checkpoints omit."""
        if isinstance(profile_embeddings, Tensor):
            self.register_buffer("profile_embeddings", profile_embeddings, persistent=False)
        else:
            self.profile_embeddings = profile_embeddings

    def regularised_parameters(self) -> Iterable[nn.Parameter]:
        """Return the parameters under L2 regularisation: by default all, as published (quirk Q4)."""
        return self.parameters()
