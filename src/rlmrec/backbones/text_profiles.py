"""User profiles computed from those of their items."""

from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.common.room import refuse_beyond_memory
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions


def refuse_items_without_text(
    profile_embeddings: ProfileEmbeddings, num_users: int, choice: str, mend: str = ""
) -> None:
    """Refuse profile embeddings that are zero for all items.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``.
        num_users: number of users.
        choice: name of the backbone on the command line.
        mend: advice appended to the message.

    Raises:
        UserError: if all profile embeddings of items are zero.
    """
    if not profile_embeddings[slice(num_users, None)].any():
        raise UserError(f"backbone={choice}: items have no profile embeddings{mend}")


def with_users_from_items(interactions: Interactions, profile_embeddings: ProfileEmbeddings) -> Tensor:
    """Return profile embeddings ``(N, T)`` in which users with interactions have the mean of their items' embeddings.

    Users without interactions keep their own.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``.

    Raises:
        UserError: if they do not fit into memory.
    """
    count, width = profile_embeddings.shape
    refuse_beyond_memory(8 * count * width, f"profile embeddings of {count} nodes of width {width}")
    texts = profile_embeddings[slice(0, count)].clone()
    known, means = interactions.means_of_items(texts[interactions.num_users :])
    texts[known] = means
    return texts
