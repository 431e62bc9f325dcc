"""Signals that ask a process to end."""

import signal
from types import FrameType

from rlmrec.common.errors import Interrupted


def stopping() -> list[signal.Signals]:
    """Return Ctrl-C, SIGTERM and, unless it is ignored as under ``nohup``, SIGHUP of a terminal that is closed."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if ignored else [signal.SIGHUP])]


def end_in_one_line() -> None:
    """Make signals raise ``Interrupted``, so that unfinished files are removed and one line is told."""
    for number in stopping():
        if number != signal.SIGINT:  # which Python raises as an error by itself
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted("interrupted: run the same command again")
