"""The summary of an import, as a table in the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rlmrec.common.program import argument, command
from rlmrec.common.terminal import print_table
from rlmrec.data.manifest import Part

WORDS = {
    "rows": "taken",
    "missing": "without a row",
    "empty": "empty",
    "zero": "all zero",
    "unknown": "unknown ids",
}
"""Counts of a record, and what they are called in the table."""


def print_import(folder: str, part: Part, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what was taken from files: a row for users and one for items.

    Args:
        folder: of the dataset.
        part: ``profiles`` or ``embeddings``.
        told: what the manifest says of each kind.
    """
    counts = [name for name in WORDS if any(name in about for about in told.values())]
    rows = [[kind, *(about.get(name, "") for name in counts), about["origin"]] for kind, about in told.items()]
    print_table(f"{part} of {folder}", ["", *(WORDS[name] for name in counts), "origin"], rows)
    for kind, about in told.items():
        if about["unknown"]:
            print(f"{about['unknown']:,} ids are of no {kind} in the folder, such as {about['unknown_example']!r}")


def print_one_sided(folder: str, part: Part, without: Sequence[str]) -> None:
    """Say so if users alone, or items alone, have no profiles or embeddings.

    Args:
        folder: of the dataset.
        part: ``profiles`` or ``embeddings``.
        without: those of ``users`` and ``items`` that have none.
    """
    if len(without) == 1:
        print(
            f"{without[0]} have no {part}: alignments will leave them out, unless {command(f'import_{part}')} "
            f"{argument('folder', folder)} {without[0]}=... adds some"
        )
