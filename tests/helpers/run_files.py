"""What a run left in its folder."""

import json
from pathlib import Path

import polars as pl
import torch


def history(run: Path) -> pl.DataFrame:
    """``metrics.csv``: one row per epoch."""
    with (run / "metrics.csv").open("rb") as file:  # opened once: a run may put a new file in its place meanwhile
        return pl.read_csv(file)


def metrics(run: Path) -> dict[str, float]:
    """All metrics of ``metrics.json``."""
    return json.loads((run / "metrics.json").read_text())["metrics"]


def same_weights(first: Path, second: Path) -> bool:
    """Whether the last weights of two runs are equal in every digit."""
    states = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (first, second)]
    return states[0].keys() == states[1].keys() and all(
        torch.equal(value, states[1][name]) for name, value in states[0].items()
    )
