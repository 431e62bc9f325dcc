"""Annotated types with valid ranges for the parameters of configurable constructors."""

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

Rate = Annotated[float, Gt(0), Le(1)]
"""A share in ``(0, 1]``."""

Ratio = Annotated[float, Ge(0), Lt(1)]
"""A share in ``[0, 1)``."""

Share = Annotated[float, Ge(0), Le(1)]
"""A share in ``[0, 1]``."""

Layers = Annotated[int, Ge(0), Le(1000)]
"""A number of layers; the upper limit bounds the computing time."""

SomeLayers = Annotated[int, Ge(1), Le(1000)]
"""A number of layers, at least one."""

Seed = Annotated[int, Ge(0), Lt(2**32)]
"""A random seed in the range that all libraries accept."""

RankingLength = Annotated[int, Ge(1), Le(10_000)]
"""A number of items ranked for each user, all of which are kept."""

Mask = Literal["train", "train+val"]
"""Items excluded from test rankings: those of the training split, or also those of the validation split."""

FilterSeen = bool | Literal["train", "train+val", "all"]
"""Interactions excluded from recommended lists: those that the run's test excludes (True), splits, or none (False)."""

OnUnknown = Literal["raise", "skip", "popular"]
"""How to treat users who are not in the dataset."""

ColdFromText = bool | Literal["auto"]
"""Whether to represent users and items without training interactions by their profiles; auto: where possible."""

ItemPool = Literal["all", "cold"]
"""Items to rank: all, or those without training interactions."""
