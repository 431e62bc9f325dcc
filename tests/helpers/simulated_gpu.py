"""A simulated GPU, on which everything works as on a CPU, but where mixing its tensors with others is an error.

Code for GPUs can thus be run on machines without one, to the same digits. It counts how often the CPU would wait for
the device. To be used in a process of its own: ``register`` adds the device to the whole process, before the first
backward pass.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

GPU = "simulated"
aten = torch.ops.aten
BETWEEN_DEVICES = (aten._to_copy.default, aten.copy_.default)
TAKES_INDICES = (aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default)
"""Operations on tensors of a GPU for which the indices may be on the CPU."""
WAITS = ("_local_scalar_dense", "nonzero", "_unique2", "masked_select", "equal")
"""Operations after which the CPU knows a value or a shape, for which it must wait."""


class OnGPU(torch.Tensor):
    """A tensor of the simulated device, with its values in an ordinary tensor."""

    plain: torch.Tensor

    @staticmethod
    def __new__(cls, plain: torch.Tensor) -> "OnGPU":
        if plain.layout == torch.strided:
            places = {"strides": plain.stride(), "storage_offset": plain.storage_offset()}
        else:
            places = {"strides": (plain.shape[1], 1), "storage_offset": 0}
        made = torch.Tensor._make_wrapper_subclass(
            cls, plain.shape, dtype=plain.dtype, device=torch.device(GPU, 0), **places
        )
        made.plain = plain
        return made

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatched(function, args, kwargs or {}, [])


def dispatched(function: Any, args: Any, kwargs: dict[str, Any], waits: list[str]) -> Any:
    """Call an operation on the values of its tensors, and note the name of an operation for which the CPU waits.

    Raises:
        RuntimeError: if tensors are on several devices.
    """
    tensors = [part for part in tree_leaves((args, kwargs)) if isinstance(part, torch.Tensor)]
    here = [part for part in tensors if isinstance(part, OnGPU)]
    elsewhere = [part for part in tensors if not isinstance(part, OnGPU) and part.dim() > 0]
    may_mix = function in BETWEEN_DEVICES or (function in TAKES_INDICES and isinstance(args[0], OnGPU))
    if here and elsewhere and not may_mix:
        raise RuntimeError(f"{function} has tensors of the CPU, {[tuple(part.shape) for part in elsewhere]}")
    name = function.__name__.partition(".")[0]
    asked = kwargs.get("device")
    stays = isinstance(args[0], OnGPU) if name == "copy_" else bool(here)
    if asked is not None:
        stays = torch.device(asked).type == GPU
        kwargs = kwargs | {"device": torch.device("cpu")}
    if here and (name in WAITS or not stays):
        waits.append(name)
    plain_args, plain = tree_map(lambda part: part.plain if isinstance(part, OnGPU) else part, (args, kwargs))
    result = function(*plain_args, **plain)
    if name.endswith("_") and function._schema.is_mutable:
        return args[0]
    return tree_map(lambda part: OnGPU(part) if isinstance(part, torch.Tensor) else part, result) if stays else result


class _Dispatch(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return dispatched(function, args, kwargs or {}, self.waits)


class _Made(TorchFunctionMode):
    """``torch.tensor(..., device=)`` does not reach the dispatch."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        device = (kwargs or {}).get("device")
        if function is torch.tensor and device is not None and torch.device(device).type == GPU:
            return torch.tensor(*args, **{**kwargs, "device": "cpu"}).to(device)
        return function(*args, **(kwargs or {}))


@contextmanager
def simulated_gpu() -> Iterator[list[str]]:
    """Provide the device in the block, and the growing list of the operations for which the CPU waited."""
    with _Made(), _Dispatch() as dispatch:
        yield dispatch.waits


def register() -> None:
    """Make the device known to this process."""
    _setup_privateuseone_for_python_backend(GPU)
    getattr(torch, GPU).get_amp_supported_dtype = lambda: [torch.bfloat16, torch.float16]
