"""Checksums that identify the data of runs and weights."""

from typing import Any

from rlmrec.data.dataset import Dataset
from rlmrec.data.profile_embeddings import ProfileEmbeddings, sha256


def identity(dataset: Dataset, embeddings: ProfileEmbeddings | None) -> dict[str, Any]:
    """Return the identity of the data of stored weights: sizes, and checksums of interactions and of text if used.

    Args:
        dataset: dataset that a model is trained on.
        embeddings: profile embeddings as the model reads them, ``(N, T)``; None if it reads none.
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

    They are equal for all runs on the same data, with any seed.
    """
    embeddings = dataset.profile_embeddings(one_sided=True) if uses_profiles else None
    interactions, profiles = _checksums(dataset, embeddings)
    return {"interactions": interactions, "profile_embeddings": profiles}


def _checksums(dataset: Dataset, embeddings: ProfileEmbeddings | None) -> tuple[str, str | None]:
    """Return the checksums of interactions and of profile embeddings."""
    return dataset.fingerprint(), None if embeddings is None else sha256(embeddings)
