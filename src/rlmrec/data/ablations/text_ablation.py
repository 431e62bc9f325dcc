"""Text ablations: profile embeddings without meaning, to measure what the text contributes."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from rlmrec.common.errors import UserError

if TYPE_CHECKING:
    from rlmrec.data.dataset import Dataset

TextAblation = Literal["none", "shuffled", "random"]


def ablate_text(dataset: "Dataset", ablation: TextAblation, seed: int) -> "Dataset":
    """Return the dataset with its profile embeddings unchanged, shuffled or random.

    Args:
        dataset: dataset, which has profile embeddings unless the ablation is ``none``.
        ablation: ``none`` changes nothing; ``shuffled`` permutes the embeddings among the users with a profile, and
            among the items with a profile; ``random`` gives these users and items random directions and keeps the
            norms.
        seed: seed of the draw.

    Raises:
        UserError: if the ablation is unknown, or the embeddings are too large for the memory.
        MissingFilesError: if the dataset has no embeddings.
    """
    if ablation not in get_args(TextAblation):
        raise UserError(f"text_ablation={ablation}: valid are {', '.join(get_args(TextAblation))}")
    if ablation == "none":
        return dataset
    import torch  # deferred: text encoders import this module without torch

    embeddings = dataset.profile_embeddings(one_sided=True)
    if not isinstance(embeddings, torch.Tensor):
        raise UserError(f"text_ablation={ablation} changes all profile embeddings, which are too large for the memory")
    changed = embeddings.numpy().copy()
    own = np.flatnonzero(dataset.has_profile)  # the others keep their placeholder embedding
    if ablation == "shuffled":
        order = shuffled_order(len(own), int((own < dataset.num_users).sum()), seed)
        changed[own] = changed[own[order]]
    else:
        directions = random_directions(changed.shape, seed)
        changed[own] = (directions * np.linalg.norm(changed, axis=1, keepdims=True))[own]
    users, items = np.split(changed, [dataset.num_users])
    return replace(
        dataset,
        user_embeddings=None if dataset.user_embeddings is None else users,
        item_embeddings=None if dataset.item_embeddings is None else items,
    )


def shuffled_order(count: int, num_users: int, seed: int) -> np.ndarray:
    """Return a random permutation in which users stay among users and items among items, ``(count,)``."""
    generator = np.random.default_rng(seed)
    users = generator.permutation(num_users)
    items = num_users + generator.permutation(count - num_users)
    return np.concatenate([users, items])


def random_directions(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return unit vectors in random directions, ``(n, T)`` float32."""
    directions = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)
