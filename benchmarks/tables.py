"""Measurements as tables, beside earlier ones and the published implementation's."""

import csv
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_table(results: list[dict[str, Any]], earlier: dict[tuple[str, ...], dict[str, Any]]) -> None:
    """Milliseconds, a row for each pair."""
    columns = ("step", "sampling", "propagation", "own loss", "alignment", "optimizer", "floor", "evaluation")
    table = Table(title="milliseconds")
    for name in ("size", "pair", *columns, "peak MiB", *(["step before / now"] if earlier else [])):
        table.add_column(name, justify="left" if name in ("size", "pair") else "right")
    for row in results:
        before = earlier.get(key(row))
        ratio = [f"{before['step'] / row['step']:.2f}" if before else ""] if earlier else []
        cells = (f"{1000 * row[name]:.1f}" for name in columns)
        table.add_row(row["size"], f"{row['backbone']}-{row['align']}", *cells, str(row["peak_mib"]), *ratio)
    Console(width=160).print(table)


def print_peer(results: list[dict[str, Any]]) -> None:
    """Ours beside another program's figures, where there are any; milliseconds."""
    rows = [row for row in results if "peer" in row]
    if not rows:
        return
    names = list(rows[0]["peer"])
    table = Table(
        "size", "pair", *(f"peer {name}" for name in names), title="milliseconds, MiB; times ours in brackets"
    )
    for row in rows:
        cells = []
        for name in names:
            value, ours = row["peer"][name], row.get(name)
            shown = f"{value:.0f}" if name == "peak_mib" else f"{1000 * value:.1f}"
            cells.append(f"{shown} ({value / ours:.1f})" if ours else shown)
        table.add_row(row["size"], f"{row['backbone']}-{row['align']}", *cells)
    Console(width=160).print(table)


def markdown(results: list[dict[str, Any]]) -> str:
    """The results beside the published implementation's, where it has the pair, for documents; milliseconds."""
    with Path(__file__).with_name("published.csv").open(newline="") as file:
        published = {key(row): row for row in csv.DictReader(file)}
    lines = [
        "| size | pair | step: published | here | times | floor | over floor "
        "| evaluation: published | here | times | MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in results:
        if key(row) not in published:
            continue
        theirs = {name: float(published[key(row)][name]) for name in ("step", "evaluation")}
        cells = [row["size"], f"{row['backbone']} {row['align']}"]
        for name in theirs:
            cells += [f"{1000 * theirs[name]:.0f}", f"{1000 * row[name]:.0f}", f"{theirs[name] / row[name]:.1f}"]
            cells += [f"{1000 * row['floor']:.0f}", f"{row['step'] / row['floor']:.1f}"] if name == "step" else []
        lines.append(f"| {' | '.join([*cells, str(row['peak_mib'])])} |")
    return "\n".join(lines) + "\n"


def key(row: dict[str, Any]) -> tuple[str, ...]:
    """What identifies a measurement."""
    return row["size"], row["backbone"], row["align"]
