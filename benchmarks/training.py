"""Seconds of training steps and evaluations of every backbone with every alignment, beside the least they could take.

make bench: all pairs on both sizes. One of them, beside an earlier call:
python benchmarks/training.py --pairs gccf-generative --sizes amazon --compare outputs/benchmarks/earlier.json

Beside another program, in alternation; a JSON object in its last line of output, such as {"step": 0.074}, is shown
beside ours, in seconds:
python benchmarks/training.py --rounds 3 --peer 'python peer.py --data {size} --model {backbone} --align {align}'
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from floor import Rates, Work
from made_up import PUBLISHED, made_up
from models import built, evaluation_seconds, step
from peer import median, run_peer
from tables import key, markdown, print_peer, print_table
from torch import Tensor
from tqdm import tqdm

from rlmrec.api import compose, parts_mismatch
from rlmrec.common.allocator import keep_freed_memory
from rlmrec.common.config_files import choices
from rlmrec.common.silence import silence
from rlmrec.data.loaders import EpochBatches
from rlmrec.runs.provenance import provenance
from rlmrec.training.recommender import Recommender

TEXT_DIM = 1536
STEPS = 10
"""Of which the first renews AutoCF's subgraphs, as one in ten does."""


def measure(size: str, backbone: str, align: str, options: Sequence[str], precision: str) -> dict[str, Any]:
    """Seconds and bytes of one pair, in a process of its own."""
    silence()
    keep_freed_memory()
    words = [f"dataset={size}", f"backbone={backbone}", f"align={align}", *options]  # as published, on random data
    model, data = built(words, made_up(size, PUBLISHED[size], TEXT_DIM))
    if precision != "float32":
        for part, name in ((model.backbone, "encode"), (model.backbone, "losses"), (model.aligner, "losses")):
            setattr(part, name, torch.autocast("cpu", getattr(torch, precision))(getattr(part, name)))
    optimizer = model.configure_optimizers()
    start = time.perf_counter()
    batches = EpochBatches(data.interactions, data.sampler, data.batch_size, 0, 0)
    sampling = (time.perf_counter() - start) / len(batches)
    step(model, optimizer, batches[0], 0)  # first touches of memory are not counted
    start = time.perf_counter()
    for number in range(STEPS):
        step(model, optimizer, batches[number], number)
    seconds = (time.perf_counter() - start) / STEPS
    parts = [split_step(model, optimizer, batches[number], number) for number in range(STEPS)]
    with Work() as work:
        step(model, optimizer, batches[1], 1)
    rates = Rates.measured()
    return {
        "size": size,
        "backbone": backbone,
        "align": align,
        "step": sampling + seconds,
        "sampling": sampling,
        **{name: sum(part[name] for part in parts) / STEPS for name in parts[0]},
        "floor": work.seconds(rates, sum(parameter.numel() for parameter in model.parameters())),
        "evaluation": evaluation_seconds(model, data.dataset)[0],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rates": vars(rates),
    }


def split_step(model: Recommender, optimizer: torch.optim.Optimizer, batch: Any, number: int) -> dict[str, float]:
    """Seconds of the parts of a step, each with its own backward pass."""
    clock = [time.perf_counter()]
    batch = batch if model.backbone.uses_negatives else batch._replace(negatives=None)
    terms = model.backbone.resample(number)
    initial, masked = model.aligner.corrupt(model.backbone.initial_embeddings)
    used = batch.node_ids(model.backbone.num_users)
    model.backbone.set_active_nodes(torch.cat(used if masked is None else [*used, masked]))
    encoding = model.backbone.encode(initial)
    outputs: list[Tensor] = []
    encoding_of_leaves = type(encoding)(*(leaves(part, outputs) for part in (encoding.nodes, encoding.views)))
    clock.append(time.perf_counter())
    torch.stack(list(model.backbone.losses(encoding_of_leaves, batch).values())).sum().backward()
    clock.append(time.perf_counter())
    aligned = model.aligner.losses(encoding_of_leaves.nodes, batch, masked)
    if aligned:
        torch.stack(list(aligned.values())).sum().backward()
    clock.append(time.perf_counter())
    inputs = [encoding.nodes, *flat(encoding.views)]
    reached = [(x, leaf.grad) for x, leaf in zip(inputs, outputs, strict=True) if leaf.grad is not None]
    torch.autograd.backward(
        [x for x, _ in reached] + list(terms.values()), [grad for _, grad in reached] + [None] * len(terms)
    )
    clock.append(time.perf_counter())
    (model.reg_weight * torch.stack([p.square().sum() for p in model.parameters()]).sum()).backward()
    optimizer.step()
    optimizer.zero_grad()
    clock.append(time.perf_counter())
    forward, own, align, backward, update = (b - a for a, b in pairwise(clock))
    return {"propagation": forward + backward, "own loss": own, "alignment": align, "optimizer": update}


def leaves(part: Any, found: list[Tensor]) -> Any:
    """The same nested sequence with every tensor cut from its history; the cut tensors are added to ``found``."""
    if isinstance(part, Tensor):
        found.append(part.detach().requires_grad_())
        return found[-1]
    return None if part is None else [leaves(inner, found) for inner in part]


def flat(part: Any) -> list[Tensor]:
    """All tensors of a nested sequence."""
    if part is None or isinstance(part, Tensor):
        return [] if part is None else [part]
    return [tensor for inner in part for tensor in flat(inner)]


def main() -> None:
    """Measure, print and store."""
    aligned = {name: compose([f"backbone={name}", "align=contrastive"]) for name in choices("backbone")}
    trained = [name for name, options in aligned.items() if parts_mismatch(options) is None]
    pairs = [f"{backbone}-{align}" for backbone, align in product(trained, choices("align"))]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", choices=pairs, default=pairs, metavar="BACKBONE-ALIGN")
    parser.add_argument("--sizes", nargs="+", choices=PUBLISHED, default=list(PUBLISHED))
    parser.add_argument("--markdown", type=Path, help="file for a table beside the published implementation")
    parser.add_argument("--compare", type=Path, help="JSON of an earlier call")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"], help="of dense layers")
    parser.add_argument("--align", nargs="*", default=[], metavar="OPTION=VALUE", help="e.g. contrast_with=batch")
    parser.add_argument("--rounds", type=int, default=1, help="measure so often; the fastest step counts")
    parser.add_argument("--peer", metavar="COMMAND", help="time it after each of our rounds")
    parser.add_argument(
        "--out", type=Path, default=Path("outputs/benchmarks") / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}.json"
    )
    options = parser.parse_args()
    earlier = json.loads(options.compare.read_text())["results"] if options.compare else []
    results = []
    overrides = tuple(f"++align.{option}" for option in options.align)
    for size, pair in tqdm(list(product(options.sizes, options.pairs)), unit="pair"):
        names = dict(zip(("size", "backbone", "align"), (size, *pair.rsplit("-", 1)), strict=True))
        ours, theirs = [], []
        for _ in range(options.rounds):
            # A process each, so that one pair's memory is not counted as another's.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                ours.append(process.submit(measure, **names, options=overrides, precision=options.precision).result())
            if options.peer:
                theirs.append(run_peer(options.peer, **names))
        results.append(min(ours, key=lambda row: row["step"]) | ({"peer": median(theirs)} if theirs else {}))
    print_table(results, {key(row): row for row in earlier})
    print_peer(results)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"environment": provenance(sys.argv[1:]), "results": results}, indent=2) + "\n")
    print(f"stored in {options.out}")
    if options.markdown:
        options.markdown.write_text(markdown(results))


if __name__ == "__main__":
    main()
