"""Large matrices of cases: a part of them in every run of the tests, all of them on demand."""

from collections.abc import Callable, Collection
from typing import Any

import pytest


def by_turns(
    cases: Collection[str], others: Collection[str], telling: Callable[[str], Collection[str]] | None = None
) -> list[Any]:
    """All pairs of two kinds of choices, as parameters of a test.

    Each case comes once with one of the others, which take turns; the remaining pairs are for ``make test-all``.

    Args:
        cases: what is tried.
        others: what it is tried with.
        telling: those of the others with which a case must show what it is for, which alone have a turn; all if None.
    """
    return [
        pytest.param(case, other, marks=() if other == turn else pytest.mark.full)
        for number, case in enumerate(cases)
        for turn in [_turn(number, [other for other in others if telling is None or other in telling(case)])]
        for other in others
    ]


def _turn(number: int, choices: list[str]) -> str:
    return choices[number % len(choices)]
