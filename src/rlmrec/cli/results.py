"""Results as tables in the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rlmrec.common.errors import printable
from rlmrec.common.terminal import print_table
from rlmrec.data.dataset import singular
from rlmrec.data.findings.vectors import VectorFacts
from rlmrec.data.manifest import origins

FITTED = "fitted in {fit_seconds:.1f} s"


def print_metrics(title: str, columns: Mapping[str, Mapping[str, float]]) -> None:
    """Print metrics such as ``recall@20``, with a row per metric and depth and a column per split or source.

    Args:
        title: title above the table.
        columns: metric values by column title; cells of missing metrics are empty.
    """
    table = Table()
    table.add_column("metric")
    for name in columns:
        table.add_column(Text(name), justify="right")
    for metric in {name: None for values in columns.values() for name in values}:
        cells = (f"{values[metric]:.4f}" if metric in values else "" for values in columns.values())
        table.add_row(Text(metric), *cells)  # Text, so that brackets in a name are not markup
    print(title)  # not as the table's title, which would wrap at the table's width
    Console().print(table)


def print_list(title: str, table: pl.DataFrame, column: str) -> None:
    """Print one list of items or users, best first.

    Args:
        title: title of the list, such as the user it is for.
        table: columns rank, ``column``, title and score.
        column: name of the column with external ids.
    """
    rows = table.select("rank", column, "title", "score").iter_rows()
    cells = [(str(rank), listed, name, f"{score:.4f}") for rank, listed, name, score in rows]
    print_table(title, ["rank", column, "title", "score"], cells)


def print_results(dataset_description: str, results: Mapping[str, Any], folder: Path) -> None:
    """Print the content of ``metrics.json``: validation and test metrics side by side, data, text and cost."""
    metrics = results["metrics"]
    title = "{dataset} · {backbone} · {align} · seed {seed}".format_map(results)
    print_metrics(title, {"validation": of_split(metrics, "val"), "test": of_split(metrics, "test")})
    print(f"data: {printable(dataset_description)}")
    if results.get("embeddings"):
        print(f"text: {describe_embeddings(results['embeddings'])}")
    cost = "best epoch {best_epoch} of {epochs}, {fit_seconds:.1f} s of training" if results["epochs"] else FITTED
    print(cost.format_map(results))
    print(f"run folder: {folder}")


def print_encoding(folder: str, info: Mapping[str, Any], vectors: Mapping[str, VectorFacts]) -> None:
    """Print a summary of an encoding, with a row for users and one for items.

    Args:
        folder: dataset folder, shown above the table.
        info: description of the embeddings in the manifest.
        vectors: measurements of the vectors, by ``user`` and ``item``.
    """
    rows = []
    for kind in info["profiles"]:
        counts = [info[column][kind] for column in ("profiles", "empty_profiles", "mean_vectors")]
        facts = vectors.get(singular(kind))
        rows.append([kind, *counts, *(("", "") if facts is None else (facts.distinct, facts.alike))])
    print_table(folder, ["", "profiles", "empty", "given the mean vector", "distinct vectors", "alike"], rows)
    print(f"text: {describe_embeddings(info)}")


def describe_embeddings(info: Mapping[str, Any]) -> str:
    """Return one line that describes profile embeddings from their entry in a manifest, omitting unknown parts."""
    options = _mapping(info, "options")
    encoder = _mapping(options, "of") or options
    model, weights = encoder.get("model", ""), str(encoder.get("model_sha256", ""))
    transform = str(_mapping(info, "transform").get("name") or "")
    libraries = (f"{name} {version}" for name, version in _mapping(info, "libraries").items())
    imported = origins(info)
    parts = [
        f"{info.get('encoder', '' if imported else 'unknown encoder')}{f' ({model})' if model else ''}",
        *imported,
        f"weights {weights[:8]}" if weights else "",
        transform,
        f"ablation {info['ablation']}" if info.get("ablation", "none") != "none" else "",
        f"{info['only']} only" if "only" in info else "",
        f"{info['dim']} x {info.get('dtype')}" if "dim" in info else "",
        f"profiles {str(info['text_sha256'])[:8]}" if "text_sha256" in info else "",
        *libraries,
    ]
    return printable(", ".join(filter(None, parts)))


def _mapping(info: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a description, or an empty mapping if an untrusted manifest has something else there."""
    part = info.get(name)
    return part if isinstance(part, Mapping) else {}


def of_split(metrics: Mapping[str, float], split: str) -> dict[str, float]:
    """Return the metrics of one split, without its prefix."""
    return {name.removeprefix(f"{split}/"): value for name, value in metrics.items() if name.startswith(f"{split}/")}
