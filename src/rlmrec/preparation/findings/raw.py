"""Findings on raw files: unreadable values, records without a user or item, and ids without a match."""

from collections.abc import Iterator, Mapping
from typing import Any

from rlmrec.data.dataset import singular
from rlmrec.data.findings.shares import share

UNREADABLE = 0.01
"""Share of the values of a column above which unreadable ones are reported."""
JOINED = 0.5


def warnings(preparation: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each anomaly in the raw files.

    Args:
        preparation: preparation record of a manifest; without raw files in it, there are no findings.
    """
    found = preparation.get("source", {}).get("found")
    if found:
        yield from _unreadable(found["interactions"])
        yield from _nameless(found["interactions"])
        for kind in ("users", "items"):
            if found.get(kind):
                yield from _unjoined(kind, found[kind])


def _unreadable(found: Mapping[str, Any]) -> Iterator[str]:
    for column, number in found["unreadable"].items():
        filled = number + found["known"][column]
        if number > UNREADABLE * filled:
            option = "source.timestamp_format or " if column == "timestamp" else ""
            yield (
                f"{share(number, filled)} values of the column {column} could not be read and count as unknown: look "
                f"at {option}source.columns.{column}"
            )


def _nameless(found: Mapping[str, Any]) -> Iterator[str]:
    for column in ("user", "item"):
        number = found["records"] - found["known"][column]
        if number > UNREADABLE * found["records"]:
            yield (
                f"{share(number, found['records'])} records name no {column} and are left out: look at "
                f"source.columns.{column}"
            )


def _unjoined(kind: str, counts: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line if many ids of the interactions have no record in the file of users or items."""
    one, absent = singular(kind), counts["wanted"] - counts["joined"]
    if counts["joined"] < JOINED * counts["wanted"]:
        examples = [counts.get("example_absent"), counts.get("example_unused")]
        told = f" (there is no {examples[0]!r}, but {examples[1]!r} for instance)" if all(examples) else ""
        yield (
            f"{share(absent, counts['wanted'])} {kind} have no record in the file of {kind}, and so no text{told}: "
            f"compare source.{one}_columns.id with source.columns.{one}"
        )
    if counts["repeated"] > UNREADABLE * counts["records"]:
        yield (
            f"{share(counts['repeated'], counts['records'])} records in the file of {kind} repeat an id, of which the "
            f"first counts: look at source.{one}_columns.id"
        )
