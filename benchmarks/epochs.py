"""Seconds of whole epochs, as a user waits for them: training, validation, checkpoints and all that is around a step.

python benchmarks/epochs.py                 every backbone and alignment of the paper, on random data of both sizes
python benchmarks/epochs.py --short         two pairs on one size: under a minute on two idle cores

Runs on a GPU where there is one. Each pair is trained by the library in a process of its own, at the published
hyper-parameters, with a validation every third epoch as always. An epoch is the mean over epochs, validation included;
around all epochs are loading, building, the test and the files, but not the import of libraries.
"""

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from made_up import PUBLISHED, made_up
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

import rlmrec
from rlmrec.data.writing import write_folder
from rlmrec.runs.provenance import provenance

BACKBONES = ("lightgcn", "gccf", "sgl", "simgcl", "dccf", "autocf")
PAPER = [f"{backbone}-{align}" for backbone in BACKBONES for align in ("none", "contrastive", "generative")]
SHORT = ["lightgcn-none", "sgl-none"]
TEXT_DIM = 1536


def measure(size: str, backbone: str, align: str, root: str, epochs: int) -> dict[str, Any]:
    """Seconds of one pair, in a process of its own."""
    words = ["dataset=folder", f"dataset.root={root}", f"preset={size}", f"backbone={backbone}", f"align={align}"]
    words += [f"trainer.max_epochs={epochs}", "evaluation.patience=1000", "~callbacks.progress"]
    with tempfile.TemporaryDirectory() as place:
        begin = time.perf_counter()
        run = rlmrec.train(rlmrec.compose(words), Path(place, "run"))
        total = time.perf_counter() - begin
        rows = run.results
    return {
        "size": size,
        "backbone": backbone,
        "align": align,
        "epochs": epochs,
        "epoch": rows["seconds_per_epoch"],
        "around": total - rows["fit_seconds"],
        "peak_mib": rows["peak_memory_mb"],
    }


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", default=PAPER, metavar="BACKBONE-ALIGN")
    parser.add_argument("--sizes", nargs="+", choices=PUBLISHED, default=list(PUBLISHED))
    parser.add_argument("--epochs", type=int, default=6, help="of each pair")
    parser.add_argument("--short", action="store_true", help=f"{' and '.join(SHORT)} on amazon, three epochs")
    parser.add_argument(
        "--out", type=Path, default=Path("outputs/benchmarks") / f"epochs-{time.strftime('%Y-%m-%d_%H-%M-%S')}.json"
    )
    options = parser.parse_args()
    if options.short:
        options.pairs, options.sizes, options.epochs = SHORT, ["amazon"], 3
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            write_folder(made_up(size, PUBLISHED[size], TEXT_DIM), Path(folder, size), source="made up")
        for size, pair in tqdm(list(product(options.sizes, options.pairs)), unit="pair"):
            names = (size, *pair.rsplit("-", 1), str(Path(folder, size)), options.epochs)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                results.append(process.submit(measure, *names).result())
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    table = Table("size", "pair", "seconds an epoch", "seconds around all epochs", "peak MB", title=device)
    for row in results:
        numbers = (f"{row['epoch']:.3f}", f"{row['around']:.1f}", f"{row['peak_mib']:,.0f}")
        table.add_row(row["size"], f"{row['backbone']}-{row['align']}", *numbers)
    Console(width=120).print(table)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"environment": provenance(sys.argv[1:]), "results": results}, indent=2) + "\n")
    print(f"stored in {options.out}")


if __name__ == "__main__":
    main()
