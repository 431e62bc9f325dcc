"""What runs are called."""

from dataclasses import replace
from typing import Any

from rlmrec.runs.description import RunDescription


def test_repetitions_share_a_name_and_other_runs_do_not() -> None:
    run = RunDescription("tiny", "sgl", "none", seed=3)
    assert run.name == "tiny-sgl-none-seed3"
    assert replace(run, tags=("again",), options={"lr": 0.1}).name == run.name
    changes: list[dict[str, Any]] = [{"dataset": "x"}, {"backbone": "x"}, {"align": "x"}, {"seed": 4}]
    others = [replace(run, **change) for change in changes]
    assert len({run.name, *(other.name for other in others)}) == 5
