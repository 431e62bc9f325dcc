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
    if control not in get_args(TextControl):
        raise UserError(f"text_control={control}: valid are {', '.join(get_args(TextControl))}")
    if control == "none":
        return profiles
    generator = np.random.default_rng(seed)
    if control == "shuffled":
        users = generator.permutation(num_users)
        items = num_users + generator.permutation(len(profiles) - num_users)
        return profiles[np.concatenate([users, items])]
    directions = generator.standard_normal(profiles.shape, dtype=np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions * np.linalg.norm(profiles, axis=1, keepdims=True)
