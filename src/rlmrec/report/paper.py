"""Published results of the RLMRec paper."""

from functools import cache
from pathlib import Path

import polars as pl

FILE = Path(__file__).parent / "data" / "paper_table2.csv"
VARIANTS = {"none": "Base", "contrastive": "Con", "generative": "Gen"}


@cache
def _table() -> dict[tuple[str, str], dict[str, float]]:
    rows = pl.read_csv(FILE).to_dicts()
    return {(str(row.pop("backbone")).lower(), str(row.pop("variant"))): row for row in rows}


def published(dataset: str, backbone: str, align: str, metric: str) -> float | None:
    """Return a value of table 2 of RLMRec (WWW 2024), a mean of five runs; None if the paper does not have it."""
    return _table().get((backbone, VARIANTS.get(align, "")), {}).get(f"{dataset}_{metric}")
