"""Printing the summary of an import."""

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
"""Labels of the counts in the table."""


def print_import(folder: str, part: Part, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a table of what was imported, with a row for users and one for items.

    Args:
        folder: path of the dataset folder.
        part: ``profiles`` or ``embeddings``.
        told: manifest entry of each kind.
    """
    counts = [name for name in WORDS if any(name in about for about in told.values())]
    rows = [[kind, *(about.get(name, "") for name in counts), about["origin"]] for kind, about in told.items()]
    print_table(f"{part} of {folder}", ["", *(WORDS[name] for name in counts), "origin"], rows)
    for kind, about in told.items():
        if about["unknown"]:
            print(f"{about['unknown']:,} ids are of no {kind} in the folder, such as {about['unknown_example']!r}")


def print_one_sided(folder: str, part: Part, without: Sequence[str]) -> None:
    """Print a note if only users, or only items, have profiles or embeddings.

    Args:
        folder: path of the dataset folder.
        part: ``profiles`` or ``embeddings``.
        without: kinds, of ``users`` and ``items``, that have none.
    """
    if len(without) == 1:
        print(
            f"{without[0]} have no {part}: alignments will leave them out, unless {command(f'import_{part}')} "
            f"{argument('folder', folder)} {without[0]}=... adds some"
        )
