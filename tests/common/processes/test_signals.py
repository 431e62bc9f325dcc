"""Signals that ask a process to end."""

import os
import signal

import pytest

from rlmrec.common.processes.signals import handled_by, stopping


def test_a_handler_receives_signals_within_the_block_alone() -> None:
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in stopping()}
    with pytest.raises(ZeroDivisionError), handled_by(lambda number, _: received.append(number)):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        _ = 1 / 0
    assert sorted(received) == [signal.SIGINT, signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before


def test_other_signals_keep_their_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with handled_by(lambda *_: None, [signal.SIGINT]):
        assert signal.getsignal(signal.SIGTERM) == before != signal.getsignal(signal.SIGINT)
