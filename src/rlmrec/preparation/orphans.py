"""Users and items of which a split leaves training nothing."""

import numpy as np

from rlmrec.preparation.splits import TRAIN, Orphans


def without_training(entities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return the entities that have interactions, but none for training.

    Args:
        entities: user or item of each interaction, ``(E,)``.
        parts: part of each interaction, ``(E,)``.

    Returns:
        Their numbers, ascending.
    """
    everywhere = np.bincount(entities)
    return np.flatnonzero((everywhere > 0) & (np.bincount(entities[parts == TRAIN], minlength=len(everywhere)) == 0))


def settle(users: np.ndarray, items: np.ndarray, parts: np.ndarray, rule: Orphans) -> tuple[np.ndarray, np.ndarray]:
    """Deal with users, and maybe items, that have no training interaction.

    - ``move``: the first held-out interaction of each such user, then of each such item, becomes a training
      interaction. The published splits were drawn again until every user and item had one (HKUDS/RLMRec, issue 4);
      this changes a handful of interactions instead.
    - ``drop``: such users go with all their interactions. Items stay, as cold items.
    - ``keep``: nothing happens; readers of the folder are told to accept such users.

    Args:
        users: of each interaction, ``(E,)``.
        items: the same for items.
        parts: part of each interaction.
        rule: what to do.

    Returns:
        The parts, and a mask of the interactions that stay, ``(E,)`` each.
    """
    stays = np.ones(len(parts), dtype=bool)
    if rule == "drop":
        stays = ~np.isin(users, without_training(users, parts))
    if rule == "move":
        parts = parts.copy()
        for entities in (users, items):
            orphans = without_training(entities, parts)
            distinct, first = np.unique(entities, return_index=True)
            parts[first[np.isin(distinct, orphans)]] = TRAIN
    return parts, stays
