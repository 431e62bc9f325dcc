"""Profiles contained in the raw data."""

from typing import Any

from rlmrec.data.dataset import Dataset, singular
from rlmrec.data.manifest import imported_from
from rlmrec.preparation.sources import RawTables


def given_profiles(tables: RawTables, dataset: Dataset) -> dict[str, Any]:
    """Return the manifest entry of a dataset's profiles from raw files; empty if there are none.

    Args:
        tables: the raw tables and how they were read.
        dataset: dataset that was made from them.
    """
    imported = {}
    for kind, raw, entities in (("users", tables.users, dataset.users), ("items", tables.items, dataset.items)):
        given = int((entities["profile"] != "").sum())
        if raw is not None and given:
            column = tables.options.get(f"{singular(kind)}_columns", {}).get("profile")
            names = " and ".join(path.name for path in raw.paths)
            counts = {"rows": given, "empty": len(entities) - given}
            imported[kind] = imported_from(f"column {column} of {names}", raw.paths, **counts)
    return {"imported": imported} if imported else {}
