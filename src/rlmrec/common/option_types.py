"""Types of options, with their valid ranges, for constructors that users configure."""

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

Rate = Annotated[float, Gt(0), Le(1)]
"""A share in ``(0, 1]``."""

Ratio = Annotated[float, Ge(0), Lt(1)]
"""A share in ``[0, 1)``."""

Share = Annotated[float, Ge(0), Le(1)]
"""A share in ``[0, 1]``."""

Layers = Annotated[int, Ge(0), Le(1000)]
"""A number of layers, each of which takes time."""

SomeLayers = Annotated[int, Ge(1), Le(1000)]
"""The same, at least one."""

Seed = Annotated[int, Ge(0), Lt(2**32)]
"""A seed of random numbers, as all libraries take it."""

RankingLength = Annotated[int, Ge(1), Le(10_000)]
"""A number of items that are ranked for each user, all of which are kept."""

Mask = Literal["train", "train+val"]
"""Items that leave the test ranking: those of training, or also those of validation."""

FilterSeen = bool | Literal["train", "train+val", "all"]
"""Interactions that recommended lists leave out: those of the run's own test (True), of splits, or none (False)."""

OnUnknown = Literal["raise", "skip", "popular"]
"""The treatment of users whom the dataset does not have."""

ColdFromText = bool | Literal["auto"]
"""Place users and items without training interactions by their profiles; auto: where they can be."""

ItemPool = Literal["all", "cold"]
"""Items that are ranked: all, or those without training interactions."""
