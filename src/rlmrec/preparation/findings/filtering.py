"""Findings on filters that keep little, or that have no effect."""

from collections.abc import Iterator, Mapping
from typing import Any

from rlmrec.data.findings.shares import share

LEFT = 0.5
"""Share of the interactions, relative to the filter's intended share, below which the filter is reported."""


def warnings(preparation: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for every filter that keeps fewer interactions, or has less effect, than expected.

    Args:
        preparation: preparation record of a manifest.
    """
    steps = preparation.get("filters", [])
    for step in steps:
        before, after = (step[when]["interactions"] for when in ("before", "after"))
        if after < LEFT * (step.get("share") or 1.0) * before:
            yield f"filters.{step['filter']} leaves {share(after, before)} interactions: make sure that this is meant"
    ratings = preparation.get("source", {}).get("found", {}).get("interactions", {}).get("rating")
    for step in steps:
        threshold = step.get("at_least")
        if threshold is not None and ratings and threshold <= ratings[0]:
            span = f"all ratings are {ratings[0]:g}" if ratings[0] == ratings[1] else f"the lowest is {ratings[0]:g}"
            yield f"filters.{step['filter']}.at_least={threshold:g} tells no good rating from a bad one: {span}"
