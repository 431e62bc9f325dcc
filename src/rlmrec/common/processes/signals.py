"""Signals that ask a process to end."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rlmrec.common.errors import Interrupted


def stopping() -> list[signal.Signals]:
    """Return SIGINT (Ctrl-C), SIGTERM and SIGHUP (closed terminal), the last unless ignored, as under ``nohup``."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if ignored else [signal.SIGHUP])]


@contextmanager
def handled_by(
    handler: Callable[[int, FrameType | None], Any], numbers: Sequence[signal.Signals] | None = None
) -> Iterator[None]:
    """Handle signals with ``handler`` within the block, and restore the previous handlers afterwards.

    Args:
        handler: function called with the signal number and the interrupted frame.
        numbers: signals to handle; those of ``stopping`` by default.
    """
    before = {number: signal.signal(number, handler) for number in (stopping() if numbers is None else numbers)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def end_in_one_line() -> None:
    """Make signals raise ``Interrupted``, so that unfinished files are removed and a one-line message is shown."""
    for number in stopping():
        if number != signal.SIGINT:  # Python raises KeyboardInterrupt for it
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted("interrupted: run the same command again")
