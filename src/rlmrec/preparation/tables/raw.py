"""Printed tables of the contents of the raw files."""

from collections.abc import Mapping
from typing import Any

from rlmrec.common.terminal import print_table


def print_raw(preparation: Mapping[str, Any]) -> None:
    """Print counts of the values in the raw files, unreadable ones among them, and of joined users and items.

    Args:
        preparation: preparation record of a manifest; nothing is printed if it has no counts of raw files.
    """
    found = preparation.get("source", {}).get("found")
    if not found:
        return
    records = found["interactions"]["records"]
    header = ["column", "known", "unreadable", "from", "to"]
    print_table(f"found in the raw files: {records:,} records", header, _value_rows(found["interactions"]))
    tables = {kind: found[kind] for kind in ("users", "items") if found.get(kind)}
    if tables:
        header = ["of their own files", "records", "repeated", "joined", "without a record", "unused"]
        print_table(None, header, [_join_row(kind, counts) for kind, counts in tables.items()])


def _value_rows(found: Mapping[str, Any]) -> list[list[Any]]:
    """Return a row for each column that has any values."""
    rows: list[list[Any]] = []
    for name, known in found["known"].items():
        unreadable = found["unreadable"].get(name, 0)
        if known or unreadable:
            span = [show(value) for value in found.get(name) or ("", "")]
            rows.append([name, known, unreadable, *span])
    return rows


def _join_row(kind: str, counts: Mapping[str, Any]) -> list[Any]:
    absent = counts["wanted"] - counts["joined"]
    return [kind, counts["records"], counts["repeated"], counts["joined"], absent, counts["unused"]]


def show(value: Any) -> str:
    """Return a number without needless digits, or a moment without fractions of a second or midnight."""
    return f"{value:g}" if isinstance(value, float) else str(value).partition(".")[0].removesuffix(" 00:00:00")
