"""Validation of the content of checkpoints, which may come from third parties."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

TYPES: dict[str, type] = {
    "state_dict": dict,
    "dataset": dict,
    "callbacks": dict,
    "loops": dict,
    "validation_metrics": dict,
    "optimizer_states": list,
    "lr_schedulers": list,
    "epoch": int,
    "global_step": int,
}
"""Types of the parts that are read, if present."""


def check_content(checkpoint: Any) -> None:
    """Check that a checkpoint holds weights and metadata, and no tensor larger than its stored data.

    Raises:
        ValueError: if an entry has the wrong type, or a tensor exceeds its storage.
    """
    if not isinstance(checkpoint, dict) or not isinstance(checkpoint.get("state_dict"), dict):
        raise ValueError("it holds no weights")
    for name, kind in TYPES.items():
        if name in checkpoint and not isinstance(checkpoint[name], kind):
            raise ValueError(f"{name} is no {kind.__name__}")
    if not all(isinstance(n, str) and isinstance(value, Tensor) for n, value in checkpoint["state_dict"].items()):
        raise ValueError("state_dict holds something else than tensors")
    if not all(isinstance(value, int | float) for value in checkpoint.get("validation_metrics", {}).values()):
        raise ValueError("validation_metrics holds something else than numbers")
    for tensor in _tensors(checkpoint):
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise ValueError(f"a tensor of {tuple(tensor.shape)} numbers is stored as fewer")


def registered() -> list[str]:
    """Return the names, as in a pickle, of the objects that this process has declared safe for ``torch.load``."""
    made = (entry for entry in torch.serialization.get_safe_globals() if not isinstance(entry, tuple))
    return [f"{entry.__module__} {entry.__qualname__}" for entry in made]


def _tensors(content: Any) -> Iterator[Tensor]:
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Tensor):
            yield part
        elif isinstance(part, dict):
            waiting += [*part.values()]
        elif isinstance(part, list | tuple):
            waiting += part
