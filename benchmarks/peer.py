"""Timing somebody else's program beside ours."""

import json
import os
import shlex
import statistics
import subprocess
import time
from typing import Any


def run_peer(command: str, **names: str) -> dict[str, float]:
    """Run a command once and time it as a whole.

    Args:
        command: with ``{size}``, ``{backbone}`` and ``{align}`` where they belong; no shell sees it.
        names: what to put there.

    Returns:
        ``wall`` and ``cpu`` seconds and ``peak_mib`` of the whole process, and every number of its last line of output
        if this is a JSON object, e.g. ``{"step": 0.074, "evaluation": 1.29}`` in seconds.

    Raises:
        SystemExit: if it fails.
    """
    words = shlex.split(command)
    for name, value in names.items():
        words = [word.replace(f"{{{name}}}", value) for word in words]
    start = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{shlex.join(words)} ended with exit code {process.returncode}")
    told = _numbers(output.strip().rpartition("\n")[2])
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss // 1024, **told}


def _numbers(line: str) -> dict[str, float]:
    try:
        found: Any = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): float(value) for name, value in found.items() if isinstance(value, int | float)}


def median(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of every figure over several rounds."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
