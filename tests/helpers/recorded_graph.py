"""CUDA graphs without CUDA: the operations of a step are noted, undone, and called again on the same memory."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten


def _dense(parts: Any) -> list[Tensor]:
    """The tensors in a nested structure; of sparse ones, their values."""
    tensors = [x.detach() for x in tree_flatten(parts)[0] if isinstance(x, Tensor)]
    return [x if x.layout == torch.strided else x.values() for x in tensors]


class RecordedGraph:
    """The operations of a capture; ``replay`` writes where they wrote."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, Any, Any, list[Tensor]]] = []
        self.replays = 0

    def replay(self) -> None:
        self.replays += 1
        with torch.no_grad():
            for function, args, kwargs, results in self.calls:
                for old, new in zip(results, _dense(function(*args, **kwargs)), strict=True):
                    if old.data_ptr() != new.data_ptr():
                        old.copy_(new)


class _Recorder(TorchDispatchMode):
    def __init__(self, graph: RecordedGraph) -> None:
        super().__init__()
        self.graph = graph
        self.before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        assert "local_scalar" not in str(function), "a capture cannot wait for the device"
        if function._schema.is_mutable:
            for part in _dense((args, kwargs)):
                self.before.setdefault(part.data_ptr(), (part, part.clone()))
        result = function(*args, **kwargs)
        self.graph.calls.append((function, args, kwargs, _dense(result)))
        return result


def install(patch: pytest.MonkeyPatch) -> None:
    """Put recorded graphs in the place of CUDA's."""

    @contextmanager
    def capture(graph: RecordedGraph, **_: Any) -> Iterator[None]:
        recorder = _Recorder(graph)
        with recorder:
            yield
        with torch.no_grad():
            for tensor, value in recorder.before.values():
                tensor.copy_(value)  # a capture takes no step

    class Stream:
        def __init__(self, device: Any = None) -> None:
            pass

        def wait_stream(self, other: Any) -> None:
            pass

    for name, value in {
        "Stream": Stream,
        "stream": lambda stream: nullcontext(),
        "current_stream": Stream,
        "synchronize": lambda device: None,
        "CUDAGraph": RecordedGraph,
        "graph": capture,
    }.items():
        patch.setattr(torch.cuda, name, value)
