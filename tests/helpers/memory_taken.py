"""How much memory runs take, by their own account, in a process that does nothing else; prints the MB of each."""

import json
import mmap
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from rlmrec.common.allocator import keep_freed_memory
from rlmrec.training.callbacks import Efficiency
from rlmrec.training.process_memory import held_mb

MODULE: Any = SimpleNamespace(device=torch.device("cpu"))
TRAINER: Any = None


def took(size: float) -> float | None:
    """The peak of a run that needs so many MB for a moment."""
    callback = Efficiency(held_mb())
    callback.on_train_start(TRAINER, MODULE)
    with mmap.mmap(-1, round(size * 1e6)) as block:  # new memory, even where freed memory is kept
        np.frombuffer(block, dtype=np.uint8).fill(1)
    callback.on_train_epoch_end(TRAINER, MODULE)
    return callback.peak_memory_mb


if __name__ == "__main__":
    keep_freed_memory()
    first = took(200)
    kept = [bytearray(10**5) for _ in range(1000)]
    del kept  # 100 MB, which the allocator keeps
    print(json.dumps([first, took(50)]))
