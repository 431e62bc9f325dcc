"""Failures of what is outside the program are told by looking at an error and at what caused it."""

import errno

import pytest

from rlmrec.cli.outside_failures import explained, is_closed_pipe


def raised(error: Exception, cause: BaseException | None) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def test_the_cause_is_found_behind_other_errors() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/data/x")
    outer = raised(RuntimeError("outer"), raised(ValueError("inner"), full))
    assert explained(outer) == "no room is left on the disk for /data/x: make room, then run the same command again"
    assert is_closed_pipe(raised(RuntimeError("outer"), BrokenPipeError()))


def test_an_error_that_is_its_own_cause_has_no_other() -> None:
    own = ValueError("own")
    assert explained(raised(own, own)) is None
    assert not is_closed_pipe(own)
