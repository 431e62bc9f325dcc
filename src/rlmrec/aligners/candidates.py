"""Whose profiles a user's own profile is told apart from in the contrastive alignment."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

Candidates = Literal["all", "batch", "sampled"]


class Contrasted(NamedTuple):
    """Candidates.

    Args:
        rows: of the candidates in the table of profiles, ``(k,)``.
        own: row of each distinct user of the batch among them, ``(n,)``.
        counts: how many users each candidate stands for, ``(k,)``; one if None.
    """

    rows: Tensor | slice
    own: Tensor
    counts: Tensor | None


def all_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """All users, as published.

    Args:
        num_users: number of users.
        users: distinct users of the batch, ``(n,)``.
        counts: how often each occurs in it, ``(n,)``.
        num_sampled: not needed.
    """
    return Contrasted(slice(num_users), users, None)


def batch_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """The users of the batch as often as they occur, as items are contrasted: another loss than the published."""
    return Contrasted(users, torch.arange(len(users), device=users.device), counts)


def sampled_users(num_users: int, users: Tensor, counts: Tensor, num_sampled: int) -> Contrasted:
    """The users of the batch and random others that stand for all the rest: the published denominator, estimated."""
    drawn = torch.randperm(num_users, device=users.device)[:num_sampled]
    others = drawn[~torch.isin(drawn, users)]
    stands_for = torch.ones(len(users) + len(others), device=users.device)
    stands_for[len(users) :] = (num_users - len(users)) / max(1, len(others))
    own = torch.arange(len(users), device=users.device)
    return Contrasted(torch.cat([users, others]), own, stands_for)


CANDIDATES: dict[Candidates, Callable[[int, Tensor, Tensor, int], Contrasted]] = {
    "all": all_users,
    "batch": batch_users,
    "sampled": sampled_users,
}
