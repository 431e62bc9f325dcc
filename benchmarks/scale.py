"""Seconds per epoch and peak memory of LightGCN from 1e5 to 2e7 interactions, on made-up power-law graphs.

python benchmarks/scale.py --interactions 1e5 1e6 --markdown table.md --plot curve.html
What takes more than a minute (--patience) is not waited for: some steps or users are measured, and the table says so.
"""

import argparse
import json
import math
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from models import built, evaluation_seconds, step
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.silence import silence
from rlmrec.data.loaders import EpochBatches
from rlmrec.runs.provenance import provenance

PER_USER, ITEMS_PER_USER = 20, 0.2
"""Interactions for each user, and items for each user."""
VARIANTS = ["align=none", "align=contrastive", "align=contrastive align.contrast_with=batch"]
COLUMNS = (
    "interactions",
    "users",
    "items",
    "options",
    "seconds per epoch",
    "evaluation",
    "making",
    "peak MiB",
    "own MiB",
)


def measure(interactions: int, variant: str, text_dim: int, patience: float) -> dict[str, Any]:
    """One point of the curve, in a process of its own."""
    silence()
    keep_freed_memory()
    users = interactions // PER_USER
    items = int(users * ITEMS_PER_USER)
    sizes = {
        "users": users,
        "items": items,
        "interactions": interactions,
        "text_dim": 0 if "align=none" in variant else text_dim,
    }
    words = ["dataset=synthetic", "backbone=lightgcn", *variant.split()]
    start = time.perf_counter()
    model, data = built([*words, *(f"dataset.{name}={size}" for name, size in sizes.items())])
    making = time.perf_counter() - start
    start = time.perf_counter()
    batches = EpochBatches(data.interactions, data.sampler, data.batch_size, 0, 0)
    sampling = time.perf_counter() - start
    optimizer = model.configure_optimizers()
    step(model, optimizer, batches[0])  # first touches of memory are not counted
    start, done = time.perf_counter(), 0
    while done < len(batches) and (done < 3 or time.perf_counter() - start < patience):
        step(model, optimizer, batches[done])
        done += 1
    seconds = (time.perf_counter() - start) / done
    evaluation, share = evaluation_seconds(model, data.dataset, patience)
    return {
        **sizes,
        "options": variant,
        "steps": len(batches),
        "measured steps": done,
        "seconds per step": seconds,
        "seconds per epoch": sampling + seconds * len(batches),
        "sampling": sampling,
        "making": making,
        "evaluation": evaluation / share,
        "share of users evaluated": share,
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "own MiB": own_memory(),
    }


def own_memory() -> int:
    """MiB in use at the end that are not pages of mapped files, which the system may take back; Linux only."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) // 1024


def cells(row: dict[str, Any]) -> list[str]:
    """A row of the table; a tilde marks what was extrapolated."""
    marked = {
        "seconds per epoch": "~" * (row["measured steps"] < row["steps"]),
        "evaluation": "~" * (row["share of users evaluated"] < 1),
    }
    shown = {name: f"{row[name]:.3g}" if isinstance(row[name], float) else str(row[name]) for name in COLUMNS}
    return [marked.get(name, "") + text for name, text in shown.items()]


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Seconds per epoch and peak memory over interactions, both logarithmic, as a page of its own."""
    from plotly.colors import qualitative
    from plotly.subplots import make_subplots

    names = ("seconds per epoch", "peak MiB")
    figure = make_subplots(1, 2, x_title="interactions", subplot_titles=names)
    for options, colour in zip(dict.fromkeys(row["options"] for row in rows), qualitative.Safe, strict=False):
        points = [row for row in rows if row["options"] == options]
        for column, name in enumerate(names, start=1):
            x, y = ([point[key] for point in points] for key in ("interactions", name))
            style = {"name": options, "legendgroup": options, "showlegend": column == 1, "line_color": colour}
            figure.add_scatter(x=x, y=y, mode="lines+markers", row=1, col=column, **style)
    figure.update_xaxes(type="log", dtick=1).update_yaxes(type="log", dtick=1)
    figure.update_layout(template="plotly_white", legend={"orientation": "h", "y": 1.2})
    figure.write_html(path)


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactions", nargs="+", type=float, default=[1e5, 3e5, 1e6, 3e6, 1e7, 2e7])
    parser.add_argument("--variants", nargs="+", default=VARIANTS, help="options of train.py, several in quotes")
    parser.add_argument("--text-dim", type=int, default=384, help="width of the profile vectors")
    parser.add_argument("--patience", type=float, default=60, help="seconds of steps, or of evaluation, to wait for")
    parser.add_argument("--markdown", type=Path, help="file for a table for documents")
    parser.add_argument("--plot", type=Path, help="HTML file for the curves")
    parser.add_argument(
        "--out", type=Path, default=Path("outputs/benchmarks") / f"scale-{time.strftime('%Y-%m-%d_%H-%M-%S')}.json"
    )
    options = parser.parse_args()
    rows = []
    for count, variant in tqdm(list(product(options.interactions, options.variants)), unit="point"):
        # A process each, so that one point's memory is not counted as another's.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            rows.append(process.submit(measure, math.ceil(count), variant, options.text_dim, options.patience).result())
        options.out.parent.mkdir(parents=True, exist_ok=True)  # after every point: the large ones take long
        options.out.write_text(json.dumps({"environment": provenance(sys.argv[1:]), "results": rows}, indent=2) + "\n")
    table = Table(*COLUMNS, title="seconds; ~: extrapolated from the steps or users measured")
    for row in rows:
        table.add_row(*cells(row))
    Console(width=160).print(table)
    print(f"stored in {options.out}")
    if options.markdown:
        lines = [COLUMNS, ["---"] * len(COLUMNS), *map(cells, rows)]
        options.markdown.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
