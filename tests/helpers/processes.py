"""Commands in processes of their own, and waits that end."""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import rmtree
from typing import Any

import forking
from places import SOURCE

PATIENCE = 120.0
"""Seconds, far more than anything takes."""
FORKING = "FORKING"
"""Environment variable with the socket of a process that forks."""


class Forked(subprocess.Popen):
    """A script in a process of its own, forked from one that has imported what commands need (``forking``).

    It has no standard input. Its end is told by the process that it was forked from, its parent.
    """

    def _execute_child(self, args: list[str], *given: Any) -> None:
        cwd, env, pipes = given[4], given[5], given[9:15]
        request = {"line": args, "cwd": str(cwd or Path.cwd()), "environment": dict(env)}
        self._parent = socket.socket(socket.AF_UNIX)
        self._parent.connect(_forking_process())
        with Path(os.devnull).open() as nothing:
            files = [own if number == -1 else number for number, own in ((pipes[3], 1), (pipes[5], 2))]
            socket.send_fds(self._parent, [json.dumps(request).encode()], [nothing.fileno(), *files])
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]
        self._told = self._parent.makefile("r")
        self.pid = int(self._told.readline())
        self._child_created = True

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags and not select.select([self._parent], [], [], 0)[0]:
            return 0, 0
        status = int(self._told.readline())
        self._told.close()
        self._parent.close()
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                self._waitpid_lock.release()  # type: ignore[attr-defined]
        return self.returncode


def start_forking() -> str:
    """Start a process that forks, which ends with this one; return the path of the socket that it will have."""
    folder = tempfile.mkdtemp()
    path = str(Path(folder) / "forking")
    parent = subprocess.Popen([sys.executable, forking.__file__, path], stdin=subprocess.PIPE)
    assert parent.stdin
    atexit.register(rmtree, folder)
    atexit.register(parent.stdin.close)
    return path


@cache
def _forking_process() -> str:
    """Return the path of the socket of a process that forks, which all processes of the tests share."""
    path = os.environ.get(FORKING) or start_forking()
    wait_until(Path(path).exists)
    return path


def start(script: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start a script of the project, on one thread: several processes would fight for the processor."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("environment", {})
    return Forked([str(SOURCE / f"{script}.py"), *arguments], env=environment, text=True, **options)


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Wait for something, which must happen before a process ends and before patience does."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None, "the process ended before"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
