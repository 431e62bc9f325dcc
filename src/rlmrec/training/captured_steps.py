"""Training steps as replays of a CUDA graph."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from rlmrec.common.errors import UserError, one_line
from rlmrec.graph import Batch
from rlmrec.training.recommender import Recommender

WARM_UP = 3
"""Number of ordinary steps before the capture, which allocate all memory that outlives a step."""


class CapturedSteps:
    """Training steps of a model: the first ones are executed as usual, the others replay one CUDA graph.

    Args:
        model: model to train.
    """

    def __init__(self, model: Recommender) -> None:
        self.model = model
        self.batch: Batch | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.warm = 0
        self.capturable: list[bool] = []

    def prepare(self, optimizer: Optimizer, context: Any) -> None:
        """Move the state of an optimizer, possibly that of a resumed run, to the device and keep it there.

        Args:
            optimizer: optimizer of all parameters.
            context: function that returns the context in which losses are computed.
        """
        self.optimizer, self.context = optimizer, context
        self.device = self.model.device
        self.stream = torch.cuda.Stream(self.device)
        self.numbers: list[float] = []
        self.rates = [torch.zeros((), device=self.device) for _ in optimizer.param_groups]
        self.capturable = [group["capturable"] for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group["capturable"] = True
        for state in optimizer.state.values():
            if isinstance(state.get("step"), Tensor):
                state["step"] = state["step"].to(self.device)

    def hide(self, groups: list[dict[str, Any]]) -> None:
        """Restore the original ``capturable`` option in parameter groups of the optimizer or of its stored state."""
        for group, capturable in zip(groups, self.capturable, strict=False):
            group["capturable"] = capturable

    def take(self, batch_idx: int) -> Tensor:
        """Run one step on ``batch`` and return its loss, a scalar that the next step may overwrite."""
        batch = self.batch
        assert batch is not None
        if self.warm < WARM_UP or self.model.backbone.resamples(batch_idx):
            self.warm += not self.model.backbone.resamples(batch_idx)
            self.model.seed_step()
            return self._usual(batch, batch_idx)
        if self.graph is None or self.options != self._options():
            self._capture(batch, batch_idx)
        assert self.graph is not None
        torch._foreach_copy_([part for part in self.place if part is not None], [p for p in batch if p is not None])
        numbers = [group["lr"] for group in self.optimizer.param_groups]
        if numbers != self.numbers:
            for rate, number in zip(self.rates, numbers, strict=True):
                rate.fill_(number)
            self.numbers = numbers
        self.model.seed_step()
        self.graph.replay()
        return self.loss

    def _usual(self, batch: Batch, batch_idx: int) -> Tensor:
        """Run an ordinary step, on the stream that will be captured."""
        current = torch.cuda.current_stream(self.device)
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            loss = self._step(batch, batch_idx)
        current.wait_stream(self.stream)
        return loss

    def _capture(self, batch: Batch, batch_idx: int) -> None:
        """Record a step without executing it.

        Raises:
            UserError: if an operation in it cannot be captured.
        """
        self.place = Batch(*(None if part is None else part.clone() for part in batch))  # type: ignore[arg-type]
        self.options = self._options()
        self.model.seed_step()  # seeding within a capture is refused unless it changes nothing
        self.graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize(self.device)
        try:
            # Threads of loggers may use the GPU during the capture.
            with (
                torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode="thread_local"),
                self._rates_on_device(),
            ):
                self.loss = self._step(self.place, batch_idx)
        except RuntimeError as error:
            raise UserError(
                f"a step cannot be captured ({one_line(error)[:100]}): set trainer.cuda_graph=false"
            ) from error

    def _step(self, batch: Batch, batch_idx: int) -> Tensor:
        # With gradients reset, those of a capture are in its own memory and written by every replay.
        self.optimizer.zero_grad(set_to_none=True)
        with torch.enable_grad(), self.context():
            loss = self.model.summed_loss(batch, batch_idx)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _options(self) -> list[dict[str, Any]]:
        """Return all options of the optimizer that are constants in a capture."""
        groups = self.optimizer.param_groups
        return [{name: value for name, value in group.items() if name not in ("params", "lr")} for group in groups]

    @contextmanager
    def _rates_on_device(self) -> Iterator[None]:
        """Make the optimizer read learning rates from the device; schedulers still set numbers."""
        groups = self.optimizer.param_groups
        numbers = [group["lr"] for group in groups]
        for group, rate in zip(groups, self.rates, strict=True):
            group["lr"] = rate
        try:
            yield
        finally:
            for group, number in zip(groups, numbers, strict=True):
                group["lr"] = number
