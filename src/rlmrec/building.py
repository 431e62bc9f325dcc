"""From parts to a model that fits a dataset."""

from collections.abc import Callable
from typing import Any

import torch

from rlmrec.aligners import Aligner
from rlmrec.backbones import Backbone
from rlmrec.data.dataset import Dataset
from rlmrec.graph import Interactions
from rlmrec.recommender import Recommender
from rlmrec.seeding import derive_seed
from rlmrec.text.control import TextControl, control_profiles


def build_recommender(
    dataset: Dataset,
    interactions: Interactions,
    backbone: Callable[..., Backbone],
    align: Callable[..., Aligner],
    recommender: Callable[..., Recommender],
    seed: int,
    text_control: TextControl,
) -> Recommender:
    """A freshly initialised model; its first weights follow from the seed.

    Args:
        dataset: gives the profile vectors, if the aligner uses them.
        interactions: the training interactions.
        backbone: called with the interactions.
        align: called with profiles, number of users and both widths.
        recommender: called with the two, what identifies the dataset, and the seed.
        seed: of the run.
        text_control: replaces the profile vectors in experiments on what the text contributes.

    Raises:
        MissingFilesError: if the aligner needs profile vectors that are not there.
    """
    # Missing profiles are to be reported before any work is done.
    made: Any = getattr(align, "func", align)  # the class, behind a partial or not
    profiles = None
    if made.uses_profiles:
        vectors = control_profiles(dataset.profiles(), dataset.num_users, text_control, seed)
        profiles = torch.from_numpy(vectors)
    torch.manual_seed(derive_seed(seed, "weights", 0))
    body = backbone(interactions)
    aligner = align(
        profiles=profiles,
        num_users=interactions.num_users,
        embedding_dim=body.embedding_dim,
        output_dim=body.output_dim,
    )
    return recommender(backbone=body, aligner=aligner, dataset=identity(dataset), seed=seed)


def identity(dataset: Dataset) -> dict[str, Any]:
    """What tells a checkpoint of this dataset from others."""
    return {
        "name": dataset.name,
        "num_users": dataset.num_users,
        "num_items": dataset.num_items,
        "train_sha256": dataset.fingerprint(),
    }
