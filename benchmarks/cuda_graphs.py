"""Captured training steps beside usual ones on one GPU: the same losses, and milliseconds an epoch.

python benchmarks/cuda_graphs.py --out graphs.json      about ten minutes for all pairs

Every pair trains a few epochs on random data of the size of the published Amazon set, everything included: with
kernels started one by one, in fixed shapes; captured; and captured with TF32. The losses of the first two must agree.
"""

import argparse
import csv
import json
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import rlmrec
from rlmrec.common.config_files import choices
from rlmrec.runs.provenance import provenance

SIZE = ("dataset.users=11000", "dataset.items=9332", "dataset.interactions=200860", "dataset.text_dim=1536")
WAYS = {
    "as they come": ("trainer.cuda_graph=false",),
    "fixed shapes": ("trainer.cuda_graph=false", "datamodule.static_shapes=true"),
    "captured": ("trainer.cuda_graph=true",),
    "captured, TF32": ("trainer.cuda_graph=true", "trainer.matmul_precision=high"),
}
TOLERANCE = 1e-3
"""Of a mean loss, relative: sums on a GPU have no fixed order."""


def measure(pair: str, words: tuple[str, ...], options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds an epoch, and the losses of all epochs."""
    backbone, align = pair.rsplit("-", 1)
    given = ["dataset=synthetic", *options.size, f"backbone={backbone}", f"align={align}", f"trainer={options.trainer}"]
    given += [f"trainer.max_epochs={options.epochs}", "~callbacks.progress", "evaluation.patience=1000", *words]
    with tempfile.TemporaryDirectory() as folder:
        run = rlmrec.train(rlmrec.compose(given), Path(folder, "run"))
        with (run.path / "metrics.csv").open(newline="", encoding="utf-8") as file:
            losses = [float(row["train/loss"]) for row in csv.DictReader(file)]
        return {"ms": 1000 * run.results["seconds_per_epoch"], "losses": losses}


def main() -> int:
    """Measure, print and store; fails if captured steps train differently."""
    pairs = [f"{b}-{a}" for b, a in product(choices("backbone"), choices("align")) if b != "pyg"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", choices=pairs, default=pairs, metavar="BACKBONE-ALIGN")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--trainer", default="gpu")
    parser.add_argument("--size", nargs="+", default=SIZE, metavar="OPTION=VALUE", help="of the dataset")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    failed = []
    for pair in options.pairs:
        results[pair] = {}
        for way in options.ways:
            try:
                results[pair][way] = measure(pair, WAYS[way], options)
            except Exception as error:  # the others are worth knowing
                results[pair][way] = {"error": f"{type(error).__name__}: {error}"[:300]}
        failed += [pair] if disagrees(results[pair]) else []
        shown = {
            way: f"{found['ms']:.0f} ms" if "ms" in found else found["error"] for way, found in results[pair].items()
        }
        print(pair, shown, "LOSSES DIFFER" if pair in failed else "", flush=True)
        stored = {"environment": provenance(sys.argv[1:]), "results": results}
        options.out.write_text(json.dumps(stored, indent=2) + "\n")
    return 1 if failed else 0


def disagrees(found: dict[str, Any]) -> bool:
    """Whether captured steps failed, or gave other losses than those of the same shapes."""
    if any("error" in way for way in found.values()):
        return True
    if not {"fixed shapes", "captured"} <= found.keys():
        return False
    both = zip(found["fixed shapes"]["losses"], found["captured"]["losses"], strict=True)
    return any(abs(ours - theirs) > TOLERANCE * abs(theirs) for theirs, ours in both)


if __name__ == "__main__":
    sys.exit(main())
