"""From parts to a model that fits a dataset."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from rlmrec.aligners import Aligner
from rlmrec.aligners.base import Profiles
from rlmrec.backbones import Backbone
from rlmrec.cold_start import without_interactions
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.errors import UserError
from rlmrec.recommender import Recommender
from rlmrec.seeding import derive_seed
from rlmrec.text.control import TextControl, check_control, control_profiles
from rlmrec.text.mapped_profiles import MappedProfiles, too_large

PARTS = ("datamodule", "backbone", "align", "recommender", "text_control", "seed")
"""What of a configuration ``build`` takes, by name."""


def build(
    dataset: Dataset,
    datamodule: Callable[[Dataset], InteractionDataModule],
    backbone: Callable[..., Backbone],
    align: Callable[..., Aligner],
    recommender: Callable[..., Recommender],
    text_control: TextControl,
    seed: int,
) -> tuple[InteractionDataModule, Recommender]:
    """Batches and a freshly initialised model; its first weights follow from the seed.

    Args:
        dataset: interactions, and profile vectors if the aligner uses them.
        datamodule: called with the dataset.
        backbone: called with the training interactions.
        align: called with profiles, number of users and both widths.
        recommender: called with backbone, aligner and what identifies the dataset.
        text_control: replaces the profile vectors in experiments on what the text contributes.
        seed: of the run.

    Raises:
        UserError: if an option does not fit the data, or profile vectors are needed but not there.
    """
    check_control(text_control)
    made: Any = getattr(align, "func", align)  # the class, behind a partial or not
    profiles = profile_table(dataset, text_control, seed) if made.uses_profiles else None
    if isinstance(profiles, MappedProfiles):  # processes that are started for training would be sent all vectors
        dataset = replace(dataset, user_embeddings=None, item_embeddings=None)
    data = datamodule(dataset)
    torch.manual_seed(derive_seed(seed, "weights", 0))
    body = backbone(data.interactions)
    aligner = align(
        profiles=profiles,
        num_users=dataset.num_users,
        embedding_dim=body.embedding_dim,
        output_dim=body.output_dim,
    )
    cold = without_interactions(data.interactions)
    return data, recommender(backbone=body, aligner=aligner, dataset=identity(dataset, profiles), cold=cold)


def profile_table(dataset: Dataset, text_control: TextControl, seed: int) -> Profiles:
    """Profile vectors ``(N, T)``, in memory, or on disk where they are memory-mapped and large.

    Raises:
        UserError: if they are absent, or too large for a control, which changes them.
    """
    parts = (dataset.user_embeddings, dataset.item_embeddings)
    if not too_large(parts):
        return torch.from_numpy(control_profiles(dataset.profiles(), dataset.num_users, text_control, seed))
    if text_control != "none":
        raise UserError(f"text_control={text_control} changes all profile vectors, which are too large for the memory")
    return MappedProfiles([part for part in parts if isinstance(part, np.memmap)])


def identity(dataset: Dataset, profiles: Profiles | None) -> dict[str, Any]:
    """What tells a checkpoint of these data from others: sizes and checksums of interactions and of text if used."""
    return {
        "name": dataset.name,
        "num_users": dataset.num_users,
        "num_items": dataset.num_items,
        "interactions_sha256": dataset.fingerprint(),
        "profiles_sha256": None if profiles is None else _sha256(profiles),
    }


def _sha256(profiles: Profiles) -> str:
    if isinstance(profiles, MappedProfiles):
        return profiles.sha256()
    return hashlib.sha256(profiles.numpy().data).hexdigest()
