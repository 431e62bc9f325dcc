"""Profiles of users that are made up of those of their items."""

import torch
from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


def refuse_items_without_text(
    profile_embeddings: ProfileEmbeddings, num_users: int, choice: str, mend: str = ""
) -> None:
    """Refuse profile embeddings of which all of items are zero.

    Args:
        profile_embeddings: users first, ``(N, T)``.
        num_users: number of users.
        choice: the backbone, as the command line names it.
        mend: what to choose instead, if there is something.

    Raises:
        UserError: says so.
    """
    if not profile_embeddings[slice(num_users, None)].any():
        raise UserError(f"backbone={choice}: items have no profile embeddings{mend}")


def with_users_from_items(interactions: Interactions, profile_embeddings: ProfileEmbeddings) -> Tensor:
    """Return profile embeddings in which users with interactions have the mean of their items', ``(N, T)``.

    Users without interactions keep their own.

    Args:
        interactions: the training interactions.
        profile_embeddings: users first, ``(N, T)``.

    Raises:
        UserError: if they do not fit into memory.
    """
    count, width = profile_embeddings.shape
    refuse_beyond_memory(8 * count * width, f"profile embeddings of {count} nodes of width {width}")
    texts = profile_embeddings[slice(0, count)].clone()
    users, items = interactions.users, interactions.items + interactions.num_users
    counts = torch.bincount(users, minlength=interactions.num_users)
    known = (counts > 0).nonzero()[:, 0]
    sums = texts.new_zeros(interactions.num_users, width)
    for some in torch.arange(len(users)).split(2**16):  # all at once would hold a row for every interaction
        sums.index_add_(0, users[some], texts[items[some]])
    texts[known] = sums[known] / counts[known, None]
    return texts
