"""Results and tables of runs that a stranger has changed."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from attempts import Change


def _results(change: Callable[[dict[str, Any]], Any]) -> Change:
    def changed(run: Path, watch: object) -> None:
        content = json.loads((run / "metrics.json").read_text())
        made = change(content)
        (run / "metrics.json").write_text(json.dumps(content if made is None else made))

    return changed


def _written(name: str, content: bytes) -> Change:
    return lambda run, watch: (run / name).write_bytes(content) and None


def _table(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    return lambda run, watch: change(pl.read_parquet(run / name)).write_parquet(run / name)


def _sparse(run: Path, watch: object) -> None:
    os.truncate(run / "metrics.json", 2**40)


RESULTS: dict[str, Change] = {
    "nested results": _written("metrics.json", b'{"metrics": ' + b"[" * 500_000),
    "results of a terabyte": _sparse,
    "results that are no object": _results(lambda content: [content]),
    "results in another encoding": _written("metrics.json", b"\xff\xfe{}"),
    "metrics that are words": _results(lambda content: content["metrics"].update({"test/recall@20": "high"})),
    "infinite metrics": _results(lambda content: content["metrics"].update({"test/recall@20": float("inf")})),
    "metrics that are a list": _results(lambda content: content.update(metrics=[1])),
    "names that are a list": _results(lambda content: content.update(backbone=["x"], dataset={"x": 1})),
    "names that are terminal commands": _results(lambda content: content.update(backbone="\x1b]0;title\x07")),
    "seed of many digits": _results(lambda content: content.update(seed=10**4000)),
    "half a character": _results(lambda content: content.update(align="\ud800")),
}
"""Which every command that shows results refuses."""
TABLES: dict[str, Change] = {
    "users of six million rows in some bytes": lambda run, watch: (
        pl.select(user=pl.int_range(6_000_000, dtype=pl.UInt32) * 0)
        .with_columns(external_id=pl.lit("x"))
        .write_parquet(run / "per_user_test.parquet")
    ),
    "one long name of many users": lambda run, watch: (
        pl.select(user=pl.int_range(30_000, dtype=pl.UInt32))
        .with_columns(external_id=pl.lit("x" * 20_000))
        .write_parquet(run / "per_user_test.parquet")
    ),
    "users of the same name": _table(
        "per_user_test.parquet", lambda table: table.with_columns(external_id=pl.lit("user-0"))
    ),
    "users that are lists": _table("per_user_test.parquet", lambda table: table.with_columns(pl.col("user").implode())),
    "metrics of users that are words": _table(
        "per_user_test.parquet", lambda table: table.with_columns(pl.lit("x").alias("recall@20"))
    ),
    "no users": _table("per_user_test.parquet", lambda table: table.drop("user")),
    "no table": _written("recommendations.parquet", b"PAR1" + bytes(100) + b"PAR1"),
    "items below 0": _table(
        "recommendations.parquet", lambda table: table.with_columns(item=-pl.col("item").cast(pl.Int64) - 1)
    ),
    "history without epochs": _written("metrics.csv", b"a,b\n1,2\n"),
    "history that is compressed": _written("metrics.csv", gzip.compress(b"epoch,step\n" + b"0,1\n" * 100_000)),
}
"""Which are left out of a report, with a line that says so."""
STRANGERS: dict[str, Change] = {
    "unknown users": _table("per_user_test.parquet", lambda table: table.with_columns(user=pl.col("user") + 1000)),
    "users by other names": _table(
        "per_user_test.parquet", lambda table: table.with_columns(external_id=pl.col("external_id") + "x")
    ),
    "unknown items": _table("recommendations.parquet", lambda table: table.with_columns(item=pl.col("item") + 10**9)),
}
"""Which belong to other data than those of the run."""
BENIGN: dict[str, Change] = {
    "names that are markup": _results(
        lambda content: content.update(
            backbone="[/red]{{ 7 * 7 }}<script>alert(1)</script>",
            align="\\input{/etc/passwd}",
            metrics=content["metrics"] | {"test/[/red]@20": 0.5},
        )
    ),
    "embeddings of another shape": _results(
        lambda content: content.update(align="contrastive", embeddings={"options": 3, "transform": [], "libraries": 1})
    ),
    "metrics without a number": _results(lambda content: content["metrics"].update({"val/recall@20": float("nan")})),
}
"""Which are strange, but do no harm."""
