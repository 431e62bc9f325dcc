"""Results as a table in the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_metrics(title: str, columns: Mapping[str, Mapping[str, float]]) -> None:
    """Print metrics such as ``recall@20``: a row per metric and depth, a column per split or source.

    Args:
        title: above the table.
        columns: metric values by column title; a metric missing from a column is left empty.
    """
    table = Table()
    table.add_column("metric")
    for name in columns:
        table.add_column(name, justify="right")
    for metric in {name: None for values in columns.values() for name in values}:
        cells = (f"{values[metric]:.4f}" if metric in values else "" for values in columns.values())
        table.add_row(metric, *cells)
    print(title)  # not as the table's own title, which would wrap at the table's width
    Console().print(table)


def print_results(dataset_description: str, results: Mapping[str, Any], folder: Path) -> None:
    """Print what ``metrics.json`` holds: validation and test metrics side by side, and where they came from."""
    metrics = results["metrics"]
    title = "{dataset} · {backbone} · {align} · seed {seed}".format_map(results)
    print_metrics(title, {"validation": of_split(metrics, "val"), "test": of_split(metrics, "test")})
    print(f"data: {dataset_description}")
    print("best epoch {best_epoch} of {epochs}, {fit_seconds:.1f} s of training".format_map(results))
    print(f"run folder: {folder}")


def of_split(metrics: Mapping[str, float], split: str) -> dict[str, float]:
    """The metrics of one split, without its prefix."""
    return {name.removeprefix(f"{split}/"): value for name, value in metrics.items() if name.startswith(f"{split}/")}
