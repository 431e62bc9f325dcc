"""Signals that ask a process to end."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rlmrec.common.errors import Interrupted


def stopping() -> list[signal.Signals]:
    """Return Ctrl-C, SIGTERM and, unless it is ignored as under ``nohup``, SIGHUP of a terminal that is closed."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if ignored else [signal.SIGHUP])]


@contextmanager
def handled_by(
    handler: Callable[[int, FrameType | None], Any], numbers: Sequence[signal.Signals] | None = None
) -> Iterator[None]:
    """Let a function receive signals within the block; the handlers from before receive them again after it.

    Args:
        handler: called with the number of the signal and the frame that it interrupted.
        numbers: of the signals; those of ``stopping`` by default.
    """
    before = {number: signal.signal(number, handler) for number in (stopping() if numbers is None else numbers)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def end_in_one_line() -> None:
    """Make signals raise ``Interrupted``, so that unfinished files are removed and one line is told."""
    for number in stopping():
        if number != signal.SIGINT:  # which Python raises as an error by itself
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted("interrupted: run the same command again")
