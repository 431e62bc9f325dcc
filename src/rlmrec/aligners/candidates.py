"""Whose profiles a user's own profile is told apart from in the contrastive alignment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Candidates = Literal["all", "batch", "sampled"]


class Contrasted(NamedTuple):
    """Candidate profiles.

    Args:
        profiles: of the candidates, ``(k, T)``.
        own: row of each distinct user of the batch among them, ``(n,)``.
        counts: how many users each candidate stands for, ``(k,)``; one if None.
    """

    profiles: Tensor
    own: Tensor
    counts: Tensor | None


def all_users(profiles: Tensor, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """All users, as published.

    Args:
        profiles: of all users, ``(num_users, T)``.
        users: distinct users of the batch, ``(n,)``.
        counts: how often each occurs in it, ``(n,)``.
        num_sampled: not needed.
    """
    return Contrasted(profiles, users, None)


def batch_users(profiles: Tensor, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """The users of the batch as often as they occur, as items are contrasted: another loss than the published."""
    return Contrasted(profiles[users], torch.arange(len(users), device=users.device), counts)


def sampled_users(profiles: Tensor, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """The users of the batch and random others that stand for all the rest: the published denominator, estimated."""
    drawn = torch.randperm(len(profiles), device=users.device)[:num_sampled]
    others = drawn[~torch.isin(drawn, users)]
    stands_for = torch.ones(len(users) + len(others), dtype=profiles.dtype, device=users.device)
    stands_for[len(users) :] = (len(profiles) - len(users)) / max(1, len(others))
    own = torch.arange(len(users), device=users.device)
    return Contrasted(profiles[torch.cat([users, others])], own, stands_for)


CANDIDATES: dict[Candidates, Callable[[Tensor, Tensor, Tensor, int], Contrasted]] = {
    "all": all_users,
    "batch": batch_users,
    "sampled": sampled_users,
}
