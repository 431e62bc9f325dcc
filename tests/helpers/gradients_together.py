"""Loss terms and gradients of all pairs over several processes, averaged as DDP does."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import torch
from torch.distributed import all_reduce, destroy_process_group, init_process_group

import parts
from rlmrec.graph.batch import Batch

PAIRS = [f"{backbone}-{align}" for backbone, align in product(parts.BACKBONES, parts.ALIGNMENTS)]


def gradients(pair: str, world_size: int = 1) -> dict[str, torch.Tensor]:
    """Of a step on all interactions but one, which no number of processes divides evenly."""
    model = parts.recommender(*pair.split("-"), reg_weight=1e-2)
    torch.manual_seed(5)
    terms = model.loss_terms(Batch(*(ids[:-1] for ids in parts.batch() if ids is not None)), 0)
    torch.stack(list(terms.values())).sum().backward()
    found = {f"term {name}": value.detach() for name, value in terms.items()}
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        if world_size > 1:
            all_reduce(parameter.grad)
            parameter.grad /= world_size
        found[name] = parameter.grad
    return found


def process(rank: int, world_size: int, out: Path) -> None:
    """What each process runs; the last one writes what it found."""
    torch.set_num_threads(1)
    init_process_group("gloo", (out / "meeting").as_uri(), timedelta(seconds=60), world_size=world_size, rank=rank)
    found = {pair: gradients(pair, world_size) for pair in PAIRS}
    if rank == world_size - 1:
        torch.save(found, out / "found.pt")
    destroy_process_group()
