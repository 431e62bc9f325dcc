"""Controls that take the meaning out of profile vectors."""

from typing import Literal, get_args

import numpy as np

from rlmrec.errors import UserError

TextControl = Literal["none", "shuffled", "random"]


def control_profiles(profiles: np.ndarray, num_users: int, control: TextControl, seed: int) -> np.ndarray:
    """Profile vectors as they are, or a control for experiments on what the text contributes.

    Args:
        profiles: users first, ``(N, T)``.
        num_users: number of users.
        control: ``none`` changes nothing; ``shuffled`` deals users' vectors out among users and items' among items;
            ``random`` draws vectors of the same lengths in random directions.
        seed: of the control.

    Returns:
        ``(N, T)``.

    Raises:
        UserError: if there is no such control.
    """
    check_control(control)
    if control == "none":
        return profiles
    if control == "shuffled":
        return profiles[dealt_out(len(profiles), num_users, seed)]
    return random_directions(profiles.shape, seed) * np.linalg.norm(profiles, axis=1, keepdims=True)


def check_control(control: str) -> None:
    """Refuse what is no control.

    Raises:
        UserError: names the valid ones.
    """
    if control not in get_args(TextControl):
        raise UserError(f"text_control={control}: valid are {', '.join(get_args(TextControl))}")


def dealt_out(num_profiles: int, num_users: int, seed: int) -> np.ndarray:
    """An order in which users stay among users and items among items, ``(num_profiles,)``."""
    generator = np.random.default_rng(seed)
    users = generator.permutation(num_users)
    items = num_users + generator.permutation(num_profiles - num_users)
    return np.concatenate([users, items])


def random_directions(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Unit vectors in random directions, float32."""
    directions = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)
