"""From parts to a model that fits a dataset."""

import hashlib
from collections.abc import Callable
from typing import Any

import torch

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone
from rlmrec.cold_start import without_interactions
from rlmrec.data.datamodule import InteractionDataModule
from rlmrec.data.dataset import Dataset
from rlmrec.recommender import Recommender
from rlmrec.seeding import derive_seed
from rlmrec.text.control import TextControl, check_control, control_profiles

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
    profiles = None
    made: Any = getattr(align, "func", align)  # the class, behind a partial or not
    if made.uses_profiles:
        vectors = control_profiles(dataset.profiles(), dataset.num_users, text_control, seed)
        profiles = torch.from_numpy(vectors)
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


def identity(dataset: Dataset, profiles: torch.Tensor | None) -> dict[str, Any]:
    """What tells a checkpoint of these data from others: sizes and checksums of interactions and of text if used."""
    return {
        "name": dataset.name,
        "num_users": dataset.num_users,
        "num_items": dataset.num_items,
        "interactions_sha256": dataset.fingerprint(),
        "profiles_sha256": None if profiles is None else hashlib.sha256(profiles.numpy().data).hexdigest(),
    }
