"""Printed tables of the users, items and interactions after every filter, and of the split."""

from collections.abc import Mapping
from typing import Any

from rlmrec.common.terminal import print_table


def print_filters(preparation: Mapping[str, Any]) -> None:
    """Print what every filter kept and what the split moved; nothing for a folder without filters.

    Args:
        preparation: preparation record of a manifest.
    """
    steps = preparation.get("filters", [])
    if not steps:
        return
    rows = [["raw", *_counts(steps[0]["before"])]]
    rows += [[_step(step), *_counts(step["after"])] for step in steps]
    print_table("what the filters left", ["", "users", "items", "interactions"], rows)
    if not (split := preparation.get("split")):
        return
    print(
        f"split {split['kind']}: {split['without_training']['users']} users and {split['without_training']['items']} "
        f"items had no training interaction; {split['interactions_moved_to_training']} interactions moved to training, "
        f"{split['interactions_dropped']} dropped"
    )


def _step(step: Mapping[str, Any]) -> str:
    options = (f"{name}={value}" for name, value in step.items() if name not in ("filter", "before", "after", "seed"))
    return " ".join([step["filter"], *options])


def _counts(sizes: Mapping[str, int]) -> list[Any]:
    return [sizes[name] for name in ("users", "items", "interactions")]
