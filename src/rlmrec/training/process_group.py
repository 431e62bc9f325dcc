"""Joint termination of the processes of distributed training, with one message."""

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
"""Time for a process to end its step; processes that wait for a lost peer are killed after it."""


@contextmanager
def ended_together(trainer: L.Trainer, resume: str) -> Iterator[None]:
    """Terminate the processes started by a trainer if one of them ends, or this process receives a signal.

    Args:
        trainer: trainer with or without processes of its own.
        resume: instructions for resuming, for the message.

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
    except BrokenPipeError:  # it ended before it had read its task
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
