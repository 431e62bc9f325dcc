"""Scores of users and items without training interactions, placed in the way that validates best."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from rlmrec.backbones.scores import Scores
from rlmrec.data.matrices import coordinates, restricted
from rlmrec.evaluation.cold_start.mixed_scores import Placement
from rlmrec.evaluation.cold_start.nodes import ColdNodes
from rlmrec.evaluation.metrics import RankingMetrics
from rlmrec.evaluation.ranking import scored_top_items

TRIED_USERS = 1024
"""Largest number of validation users on which placements are compared."""
PRETENDED = {"users": 0.2, "items": 0.1}
"""Largest share of the nodes with validation interactions that is treated as cold."""
GIVING_UP_POPULARITY = 2.0
"""Standard errors by which anything but popularity alone must improve the metric; any further change, by one."""
ALTERNATIVES: dict[str, Sequence[float]] = {
    "lift": (4.0, 2.0, 1.0, 0.0, -1.0),
    "popularity": (10.0, 1.0, 0.0),
    "embeddings": (10.0, 0.1),
    "neighbours": (200, 10),
}
"""Alternative values of the fields of a placement, in the order in which they are tried."""
INITIAL_PLACEMENT = Placement()
"""The initial placement, improved step by step: popularity alone, and the nearest items above all others."""
Sources = Sequence[tuple[Tensor, Tensor]]
"""Embeddings of users ``(num_users, D)`` and items ``(num_items, D)``, in versions that differ in cold nodes."""


class ColdStart:
    """The placement of users and items without training interactions, chosen on validation interactions of such nodes.

    Cold users are scored by the interactions of their nearest users by profile, by the model's embeddings and by item
    popularity; cold items by their nearest items and by embeddings, with a lift above other items. The search begins
    with popularity alone, and with the nearest items ranked above all others. Weights are then changed step by step if
    that raises the monitored metric of validation users by more than its standard error, or twice that for the first
    change from popularity alone. If no cold user has validation interactions, cold users are scored by popularity; if
    no cold item has any, cold items have no lift.

    Args:
        nodes: cold users and items.
        val: validation interactions, ``(num_users, num_items)``.
        metrics: metrics of individual rankings.
        monitor: name of the metric that decides, without its split.
        seen: interactions that rankings leave out; the training interactions by default.
    """

    def __init__(
        self,
        nodes: ColdNodes,
        val: csr_array,
        metrics: RankingMetrics,
        monitor: str,
        seen: csr_array | None = None,
    ) -> None:
        self.nodes, self.val, self.metrics, self.monitor = nodes, val, metrics, monitor
        self.seen = nodes.train if seen is None else seen

    @cached_property
    def tried_users(self) -> dict[str, np.ndarray]:
        """Return the validation users on which cold users, and cold items, are evaluated, at most ``TRIED_USERS`` each.

        Cold items are evaluated on all validation users if any of them is held out: they also displace the relevant
        items of users without held-out cold items.
        """
        held_out = np.diff(self.val.indptr) > 0
        some = bool((self.val @ (self.nodes.items & self.nodes.items_with_profile).astype(np.float32)).any())
        chosen = {"users": held_out & self.nodes.users & self.nodes.users_with_profile, "items": held_out & some}
        return {kind: np.flatnonzero(evenly_spread(users)) for kind, users in chosen.items()}

    def scores(self, sources: Sources, excluded: Tensor | None = None) -> Scores:
        """Return the scores of all users under the placement that ``chosen`` returns."""
        return self.nodes.scores(self.chosen(sources, excluded), sources)

    def chosen(
        self, sources: Sources, excluded: Tensor | None = None, first: Placement = INITIAL_PLACEMENT
    ) -> Placement:
        """Return the placement selected on validation users.

        Args:
            sources: scored embeddings, one pair for each of the versions of ``nodes``.
            excluded: mask of items that are never ranked, ``(num_items,)`` bool.
            first: initial placement.
        """
        best = first if len(self.tried_users["items"]) else replace(first, lift=0.0)
        tried = np.union1d(self.tried_users["users"], self.tried_users["items"])
        if len(tried) < 2:  # the gain of a single user has no standard error
            return best
        values = self._values(best, sources, tried, excluded)
        for change in self._changes(len(sources)):
            changed = replace(best, **change)  # type: ignore[arg-type]
            other = self._values(changed, sources, tried, excluded)
            gains = other - values
            gives_up = "popularity" in change and best.popularity == first.popularity
            errors = GIVING_UP_POPULARITY if gives_up else 1.0
            if gains.mean() > errors * gains.std() / len(gains) ** 0.5:
                best, values = changed, other
        return best

    def pretending(self, kind: Literal["users", "items"]) -> "ColdStart | None":
        """Return a copy that treats some warm users, or items, of validation as cold; None if there are none.

        Rankings still leave out the training items of users; these interactions are not used otherwise.
        """
        sides = (self.nodes.users, self.nodes.items)
        taken = [np.zeros(len(side), bool) for side in sides]
        side = ("users", "items").index(kind)
        held_out = np.asarray(self.val.sum(axis=1 - side)) > 0
        known = (self.nodes.users_with_profile, self.nodes.items_with_profile)[side]
        taken[side] = evenly_spread(held_out & ~sides[side] & known, PRETENDED[kind])
        if not taken[side].any():
            return None
        train = restricted(self.nodes.train, rows=~taken[0], columns=~taken[1])
        cold = self.nodes.cold | torch.from_numpy(np.concatenate(taken)).to(self.nodes.cold.device)
        others = (self.nodes.profile_embeddings, self.nodes.aligner, self.nodes.from_backbone, self.nodes.has_profile)
        nodes, deciding = ColdNodes(train, cold, *others), (self.val, self.metrics, self.monitor)
        return ColdStart(nodes, *deciding, seen=self.nodes.train)

    def _changes(self, num_sources: int) -> Iterator[dict[str, float]]:
        """Yield the changes to try, except those without an effect.

        Less popularity is also tried together with other lifts: while popularity alone ranks, the lift of cold items
        has no effect, but with less of it, a lift that is too high puts them at the top of all lists.
        """
        for name, others in ALTERNATIVES.items():
            if name == "lift" and not len(self.tried_users["items"]):
                continue
            if name == "popularity" and not len(self.tried_users["users"]):
                continue
            if name in ("embeddings", "neighbours", "popularity") and self.nodes.profile_embeddings is None:
                continue
            for value in others:
                yield {name: value}
                if name == "popularity" and len(self.tried_users["items"]):
                    yield from ({name: value, "lift": lift} for lift in ALTERNATIVES["lift"])
        for source in range(1, num_sources):
            yield {"source": source}

    def _values(self, placement: Placement, sources: Sources, users: np.ndarray, excluded: Tensor | None) -> np.ndarray:
        """Return the monitored metric of some validation users under a placement, ``(V,)``."""
        scores = self.nodes.scores(placement, sources)
        pairs = (torch.from_numpy(coordinates(csr_array(part[users]))) for part in (self.seen, self.val))
        seen, relevant = (part.to(scores.device) for part in pairs)
        ids = torch.from_numpy(users).to(scores.device)
        items, _ = scored_top_items(scores, ids, seen, self.metrics.max_k, excluded)
        found = self.metrics.to(scores.device).per_user(items, relevant)[:, self.metrics.names.index(self.monitor)]
        return np.nan_to_num(found.double().cpu().numpy())


def evenly_spread(chosen: np.ndarray, share: float = 1.0, most: int = TRIED_USERS) -> np.ndarray:
    """Return a mask of a share of the chosen rows, evenly spread and at most ``most``, ``(n,)`` bool.

    The first rows alone would be a biased choice, since numbers often follow the time of registration.
    """
    rows = np.flatnonzero(chosen)
    kept = np.zeros(len(chosen), bool)
    if count := min(most, int(share * len(rows))):
        kept[rows[np.linspace(0, len(rows) - 1, count).astype(np.int64)]] = True
    return kept
