"""Checksums that tell the data of runs and of weights apart."""

from typing import Any

from rlmrec.data.dataset import Dataset
from rlmrec.data.profile_embeddings import ProfileEmbeddings, sha256


def identity(dataset: Dataset, embeddings: ProfileEmbeddings | None) -> dict[str, Any]:
    """Return what identifies the data of stored weights: sizes and checksums of interactions, and of text if used.

    Args:
        dataset: the dataset that a model is trained on.
        embeddings: its profile embeddings as the model reads them, ``(N, T)``; None if it reads none.
    """
    interactions, profiles = _checksums(dataset, embeddings)
    return {
        "name": dataset.name,
        "num_users": dataset.num_users,
        "num_items": dataset.num_items,
        "interactions_sha256": interactions,
        "profiles_sha256": profiles,
    }


def fingerprints(dataset: Dataset, uses_profiles: bool) -> dict[str, str | None]:
    """Return checksums of the interactions, and of the profile embeddings if used, before any noise or text ablation.

    Runs on the same data have the same, whatever their seed.
    """
    embeddings = dataset.profile_embeddings(one_sided=True) if uses_profiles else None
    interactions, profiles = _checksums(dataset, embeddings)
    return {"interactions": interactions, "profile_embeddings": profiles}


def _checksums(dataset: Dataset, embeddings: ProfileEmbeddings | None) -> tuple[str, str | None]:
    """Return the checksums of interactions and of profile embeddings."""
    return dataset.fingerprint(), None if embeddings is None else sha256(embeddings)
