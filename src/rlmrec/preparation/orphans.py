"""Users and items that a split leaves without training interactions."""

import numpy as np

from rlmrec.preparation.splits import TRAIN, Orphans


def without_training(entities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return the entities that have interactions, but no training interactions.

    Args:
        entities: user or item of each interaction, ``(E,)``.
        parts: part of each interaction, ``(E,)``.

    Returns:
        Their ids, ascending.
    """
    everywhere = np.bincount(entities)
    return np.flatnonzero((everywhere > 0) & (np.bincount(entities[parts == TRAIN], minlength=len(everywhere)) == 0))


def settle(users: np.ndarray, items: np.ndarray, parts: np.ndarray, rule: Orphans) -> tuple[np.ndarray, np.ndarray]:
    """Apply a rule to users, and possibly items, without training interactions.

    - ``move``: the first held-out interaction of each such user, then of each such item, becomes a training
      interaction. The published splits were redrawn until every user and item had one (HKUDS/RLMRec, issue 4); this
      changes only a handful of interactions.
    - ``drop``: such users are removed with all their interactions. Items stay, as cold items.
    - ``keep``: nothing changes; the manifest lets readers of the folder accept such users.

    Args:
        users: user of each interaction, ``(E,)``.
        items: item of each interaction, ``(E,)``.
        parts: part of each interaction, ``(E,)``.
        rule: treatment of the users.

    Returns:
        The parts, and a mask of the interactions to keep, ``(E,)`` each.
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
