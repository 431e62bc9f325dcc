"""The processes that train together end together, in one line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

import pytorch_lightning as L
from pytorch_lightning.strategies.launchers import _MultiProcessingLauncher
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from rlmrec.common.errors import Interrupted, UserError
from rlmrec.common.processes.signals import handled_by
from rlmrec.training.callbacks.stop_on_signal import INTERRUPTED

PEER_IS_GONE = ("Connection closed by peer", "Connection reset by peer", "NCCL", "Broken pipe")
SECONDS_TO_END = 60.0
"""The time in which a process ends its step; after it, the process waits for others that are gone."""


@contextmanager
def ended_together(trainer: L.Trainer, resume: str) -> Iterator[None]:
    """End the processes that a trainer starts when one of them is gone, or this one is asked to end.

    Args:
        trainer: with or without processes of its own.
        resume: how to resume, for the message.

    Raises:
        UserError: if a process was killed.
        Interrupted: on a signal.
    """
    if not isinstance(trainer.strategy.launcher, _MultiProcessingLauncher):
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise Interrupted(f"interrupted; {resume}")

    others = set(active_children())
    try:
        with handled_by(interrupt):
            yield
    except ProcessExitedException as error:
        if error.exit_code == INTERRUPTED:
            raise Interrupted(f"interrupted; {resume}") from None
        raise UserError(
            f"process {error.error_index} of the run was ended by {error.signal_name or error.exit_code}, "
            f"possibly out of memory; {resume}"
        ) from None
    except BrokenPipeError:  # before it had read what to do
        raise UserError(f"a process of the run was ended from outside; {resume}") from None
    except ProcessRaisedException as error:
        if "rlmrec.common.errors." not in str(error) and any(words in str(error) for words in PEER_IS_GONE):
            raise UserError(f"a process of the run was ended from outside; {resume}") from None
        raise
    finally:
        _end([process for process in active_children() if process not in others])


def _end(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(SECONDS_TO_END)
        if process.is_alive():
            process.kill()
            process.join()
