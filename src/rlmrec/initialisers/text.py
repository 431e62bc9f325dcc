"""Initial embeddings from profiles."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from rlmrec.common.errors import UserError
from rlmrec.data.profile_embeddings import ProfileEmbeddings
from rlmrec.graph import Interactions
from rlmrec.initialisers.base import Initialiser

Reduce = Literal["variance", "pca"]


class FromText(Initialiser):
    """Initial embeddings of items from their profiles, reduced to ``d`` columns, and of users as means of their items.

    Both tables are scaled to the root mean square of the random ones that they replace, so that training begins with
    scores and gradients of the usual size. Nothing else ties embeddings to text. Items without a profile, users without
    interactions and users whose items all lack a profile keep their random embeddings.

    Args:
        interactions: the training interactions.
        profile_embeddings: profile embeddings, users first, ``(N, T)``; those of users are not used.
        reduce: method: ``variance`` keeps the columns of greatest variance over all items, ``pca`` the first principal
            components.
    """

    accepts_one_sided = True
    own_texts = True

    def __init__(
        self, interactions: Interactions, profile_embeddings: ProfileEmbeddings | None, reduce: Reduce = "pca"
    ) -> None:
        super().__init__(interactions, profile_embeddings)
        self.reduce = REDUCTIONS[reduce]

    def first_weights(self, drawn: Tensor) -> Tensor:
        texts, known = item_texts(self.profile_embeddings, self.interactions.num_users, drawn.shape[1])
        reduced = self.reduce(texts, drawn.shape[1]).to(drawn)
        return with_means_of_items(reduced, known, drawn, self.interactions)


def item_texts(profile_embeddings: ProfileEmbeddings | None, num_users: int, width: int) -> tuple[Tensor, Tensor]:
    """Return the profile embeddings of the ``n`` items that have one, and the numbers of these items.

    Args:
        profile_embeddings: profile embeddings, users first, ``(N, T)``; zero where there is no profile.
        num_users: number of users.
        width: width of the initial embeddings.

    Returns:
        Embeddings with their mean subtracted, ``(n, T)`` in double precision, and item numbers, ascending, ``(n,)``.

    Raises:
        UserError: if no item has a profile, or ``n`` or ``T`` is less than ``width``.
    """
    assert profile_embeddings is not None
    texts = profile_embeddings[slice(num_users, len(profile_embeddings))].double()
    known = texts.any(1).nonzero()[:, 0]
    if not len(known):
        raise UserError("init: items have no profile embeddings to begin with; choose init=xavier")
    texts = texts[known]
    if min(texts.shape) < width:
        raise UserError(
            f"init: {len(texts)} profile embeddings of items of width {texts.shape[1]} cannot fill initial embeddings "
            f"of width {width}; set backbone.embedding_dim={min(texts.shape)} or less"
        )
    return texts - texts.mean(0), known


def with_means_of_items(rows: Tensor, known: Tensor, drawn: Tensor, interactions: Interactions) -> Tensor:
    """Return item rows and, for users, the means of their items, both scaled to the drawn tables, ``(N, d)``.

    Args:
        rows: embeddings of some items, ``(n, d)``.
        known: numbers of these items, ``(n,)``.
        drawn: random initial embeddings, ``(N, d)``, kept by other items and by users without any of these items.
        interactions: the training interactions.
    """
    num_users = interactions.num_users
    items = rows.new_zeros(interactions.num_items, rows.shape[1]).index_copy(0, known, rows)
    having, users = interactions.of_items(known).means_of_items(items)
    table = drawn.clone()
    table[having] = users * (_size(drawn[:num_users]) / _size(users))
    table[num_users + known] = rows * (_size(drawn[num_users:]) / _size(rows))
    return table


def principal_components(texts: Tensor, width: int) -> Tensor:
    """Return the first principal components of centred rows ``(n, T)``, each with a positive largest entry."""
    _, directions = torch.linalg.eigh(texts.T @ texts)
    components = texts @ directions.flip(1)[:, :width]
    greatest = components.gather(0, components.abs().argmax(0, keepdim=True))
    return components * greatest.sign()


def columns_of_greatest_variance(texts: Tensor, width: int) -> Tensor:
    """Return the ``width`` columns of greatest variance of centred rows ``(n, T)``, ``(n, width)``."""
    return texts[:, texts.square().mean(0).argsort(descending=True, stable=True)[:width]]


def _size(rows: Tensor) -> Tensor:
    """Return the root mean square of all entries, a scalar."""
    return rows.square().mean().sqrt().clamp(min=1e-12)


REDUCTIONS: dict[Reduce, Callable[[Tensor, int], Tensor]] = {
    "variance": columns_of_greatest_variance,
    "pca": principal_components,
}
