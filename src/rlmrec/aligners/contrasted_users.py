"""The users whose profiles a user is contrasted with in contrastive alignment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

ContrastWith = Literal["all_users", "batch", "sampled"]


class ContrastedUsers(NamedTuple):
    """Candidates of the contrastive loss.

    Args:
        rows: rows of the candidates in the profile embeddings, ``(k,)``.
        positive_index: position of each distinct user of the batch among the candidates, ``(n,)``.
        candidate_weights: number of users that each candidate counts for, ``(k,)``; one if None.
    """

    rows: Tensor | slice
    positive_index: Tensor
    candidate_weights: Tensor | None


def all_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> ContrastedUsers:
    """Contrast with all users, as published.

    Args:
        num_users: number of users.
        users: distinct users of the batch, ``(n,)``.
        counts: how often each occurs in it, ``(n,)``.
        num_sampled: not used.
    """
    return ContrastedUsers(slice(num_users), users, None)


def batch_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> ContrastedUsers:
    """Contrast with the users of the batch as often as they occur, as for items; this is not the published loss."""
    return ContrastedUsers(users, torch.arange(len(users), device=users.device), counts)


def sampled_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> ContrastedUsers:
    """Contrast with the users of the batch and random others, weighted so that they estimate the sum over all users."""
    drawn = torch.randperm(num_users, device=users.device)[:num_sampled]
    others = drawn[~torch.isin(drawn, users)]
    weights = torch.ones(len(users) + len(others), device=users.device)
    weights[len(users) :] = (num_users - len(users)) / max(1, len(others))
    positive_index = torch.arange(len(users), device=users.device)
    return ContrastedUsers(torch.cat([users, others]), positive_index, weights)


CONTRASTED_USERS: dict[ContrastWith, Callable[[int, Tensor, Tensor, int], ContrastedUsers]] = {
    "all_users": all_users,
    "batch": batch_users,
    "sampled": sampled_users,
}
