"""Findings on times that give no order, or that are implausible."""

from collections.abc import Iterator
from typing import Any

from rlmrec.preparation.folder_contents import FolderContents
from rlmrec.preparation.moments import moment

DAY, SECOND = 86_400, 1_000_000
"""A day in seconds, and a second in microseconds."""
EARLIEST, LATEST = 315_532_800, 4_102_444_800
"""The years 1980 and 2100 in seconds since 1970."""


def warnings(contents: FolderContents) -> Iterator[str]:
    """Yield a line for each anomaly in the times of interactions."""
    log = contents.log
    if log is None or not log["times"].sum():
        return
    first, last, count = log["first"].min(), log["last"].max(), log["times"].sum()
    assert isinstance(first, int) and isinstance(last, int)
    preparation = contents.manifest.preparation
    by_time = preparation.get("split", {}).get("by_time", False)
    column = "look at source.columns.timestamp and source.timestamp_format"
    if first == last and count > 1:
        yield f"all {count:,} times are {_told(first)}: {column}"
    elif by_time and first // DAY == last // DAY:
        yield f"the split goes by time, but all {count:,} times are of one day, {_told(first)[:10]}: {column}"
    if by_time and (known := _known_before(preparation)):
        yield (
            f"filters.repeated dropped {known:,} interactions for the latest of the same user and item, so that the "
            "split by time may test items that users already knew: set filters.repeated.which=earliest"
        )
    if not EARLIEST <= first <= last <= LATEST:
        yield f"times go from {_told(first)} to {_told(last)}, which may be no seconds since 1970: {column}"


def _known_before(preparation: dict[str, Any]) -> int:
    """Return the number of interactions that were dropped for the latest of the same user and item."""
    steps = [step for step in preparation.get("filters", []) if step.get("which") == "latest"]
    sizes = [[step[when]["interactions"] for when in ("before", "after")] for step in steps]
    return sum(before - after for before, after in sizes)


def _told(seconds: int) -> str:
    return moment(seconds * SECOND)
