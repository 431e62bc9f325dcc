"""Commands in processes of their own, and waits that end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from places import SOURCE

PATIENCE = 120.0
"""Seconds, far more than anything takes."""


def start(script: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Start a script of the project, on one thread: several processes would fight for the processor."""
    line = [sys.executable, str(SOURCE / f"{script}.py"), *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("environment", {})
    return subprocess.Popen(line, env=environment, text=True, **options)


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Wait for something, which must happen before a process ends and before patience does."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None, "the process ended before"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
