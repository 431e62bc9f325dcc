"""Everything that may run on a GPU, on a simulated one: nothing is on the wrong device, and no step waits for it."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import places
from places import SOURCE

SCRIPT = Path(places.__file__).with_name("simulated_cases.py")
FEWEST = {"step": 18, "static step": 18, "epoch": 17, "static epoch": 16, "test": 25, "serving": 6}
"""Least number of cases of each kind."""


@pytest.fixture(scope="module", params=["", pytest.param("full", marks=pytest.mark.full)])
def results(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    paths = os.pathsep.join([str(SOURCE), *sys.path])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    line = [sys.executable, str(SCRIPT), *filter(None, [request.param])]
    made = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return [json.loads(found) for found in made.stdout.splitlines()]


@pytest.mark.parametrize("kind", FEWEST)
def test_results_are_those_of_the_cpu_to_the_last_digit(kind: str, results: list[dict[str, Any]]) -> None:
    some = [found for found in results if found["kind"] == kind]
    assert len(some) >= FEWEST[kind]
    assert {found["name"]: found["error"] for found in some if not found["same"]} == {}


def test_steps_of_fixed_shapes_never_wait_and_others_only_for_distinct_nodes(results: list[dict[str, Any]]) -> None:
    for found in results:
        if found["kind"] in ("static step", "static epoch"):
            assert found["waits"] == [], found["name"]
        if found["kind"] in ("step", "epoch"):
            assert set(found["waits"]) <= {"_unique2"}, found["name"]


def test_an_evaluation_step_waits_a_fixed_number_of_times(results: list[dict[str, Any]]) -> None:
    """It ranks up to 65,536 users."""
    counts = Counter(name for found in results if found["kind"] == "test" for name in set(found["waits"]))
    assert counts.keys() <= {"_local_scalar_dense", "_to_copy"}
    trained = [found for found in results if found["kind"] == "test" and found["name"] == "all metrics"]
    assert len(trained[0]["waits"]) <= 12
