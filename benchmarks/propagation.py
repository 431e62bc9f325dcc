"""Milliseconds of one propagation and its gradient: ours, EdgeIndex.matmul and message passing of PyTorch Geometric.

python benchmarks/propagation.py --sizes amazon yelp --dims 32 64 --markdown table.md
All compute the same weighted sum over neighbours on the training graph, which is checked first. The ways take turns, so
that what else runs on the machine disturbs all alike. With --threads 1 the processor time is that of the work alone,
however busy the machine is.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from made_up import PUBLISHED, made_up
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import LGConv
from tqdm import tqdm

from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.silence import silence
from rlmrec.data.matrices import coordinates
from rlmrec.graph import Graph, Interactions
from rlmrec.runs.provenance import provenance

COLUMNS = ("size", "width", "way", "fastest", "median", "processor", "times ours")
"""Milliseconds: of the clock in the fastest and in the middle one of the rounds, of the processor in the middle one."""


def graph_of(size: str) -> Graph:
    """The training graph of a random dataset of a published size."""
    dataset = made_up(size, PUBLISHED[size], text_dim=1)
    users, items = torch.from_numpy(coordinates(dataset.train))
    return Graph.from_interactions(Interactions(users, items, *dataset.train.shape))


def ways_of(graph: Graph) -> dict[str, Callable[[Tensor], Tensor]]:
    """Ways to the same weighted sum over neighbours, by name."""
    size, weight, convolution = (graph.num_nodes,) * 2, graph.weight, LGConv(normalize=False)
    by_target, plain, matrix = graph.edge_index, graph.edge_index.as_tensor(), graph.matrix(weight)
    rows = torch.stack([graph.row, graph.col])
    long, short = (
        EdgeIndex(edges, sparse_size=size, sort_order="row", is_undirected=True).fill_cache_()
        for edges in (rows.long(), rows)
    )
    return {
        "ours": graph.propagate,
        "EdgeIndex.matmul, 64-bit, sorted by row": lambda x: long.matmul(x, input_value=weight),
        "EdgeIndex.matmul, 32-bit, sorted by row": lambda x: short.matmul(x, input_value=weight),
        "EdgeIndex.matmul, 64-bit, sorted by target": lambda x: by_target.matmul(x, input_value=weight, transpose=True),
        "LGConv on a CSR matrix, 32-bit": lambda x: convolution(x, matrix),
        "LGConv on the EdgeIndex": lambda x: convolution(x, by_target, weight),
        "LGConv on a plain edge_index": lambda x: convolution(x, plain, weight),
    }


def milliseconds(way: Callable[[Tensor], Tensor], x: Tensor, gradient: Tensor) -> tuple[float, float]:
    """The time of one pass forwards and backwards, by the clock and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    torch.autograd.grad(way(x), x, gradient)
    return 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - used)


def measure(size: str, dim: int, rounds: int) -> list[dict[str, str | int | float]]:
    """A row for each way."""
    graph = graph_of(size)
    random = torch.Generator().manual_seed(0)
    x, gradient = (torch.randn(graph.num_nodes, dim, generator=random) for _ in range(2))
    x.requires_grad_()
    ways, expected = ways_of(graph), graph.propagate(x)
    for way in ways.values():  # the first pass is not counted
        torch.testing.assert_close(way(x), expected)
        milliseconds(way, x, gradient)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(milliseconds(way, x, gradient))
    middle = {name: [statistics.median(kind) for kind in zip(*found, strict=True)] for name, found in times.items()}
    return [
        {
            "size": size,
            "width": dim,
            "way": name,
            "fastest": min(found)[0],
            "median": middle[name][0],
            "processor": middle[name][1],
            "times ours": middle[name][1] / middle["ours"][1],
        }
        for name, found in times.items()
    ]


def cells(row: dict[str, str | int | float]) -> list[str]:
    """A row of the table."""
    return [f"{row[name]:.2f}" if isinstance(row[name], float) else str(row[name]) for name in COLUMNS]


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=PUBLISHED, default=list(PUBLISHED))
    parser.add_argument("--dims", nargs="+", type=int, default=[32, 64], help="widths of the node embeddings")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--markdown", type=Path, help="file for a table for documents")
    name = f"propagation-{time.strftime('%Y-%m-%d_%H-%M-%S')}.json"
    parser.add_argument("--out", type=Path, default=Path("outputs/benchmarks") / name)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    silence()
    keep_freed_memory()
    pairs = [(size, dim) for size in options.sizes for dim in options.dims]
    rows = [row for size, dim in tqdm(pairs) for row in measure(size, dim, options.rounds)]
    table = Table(*COLUMNS, title="milliseconds, forwards and backwards")
    for row in rows:
        table.add_row(*cells(row))
    Console(width=120).print(table)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"environment": provenance(sys.argv[1:]), "results": rows}, indent=2) + "\n")
    print(f"stored in {options.out}")
    if options.markdown:
        lines = [COLUMNS, ["---"] * len(COLUMNS), *map(cells, rows)]
        options.markdown.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))


if __name__ == "__main__":
    main()
