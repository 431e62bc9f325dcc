"""Large matrices of cases: a part of them in every run of the tests, all of them on demand."""

from collections.abc import Collection
from typing import Any

import pytest


def by_turns(cases: Collection[str], others: Collection[str]) -> list[Any]:
    """All pairs of two kinds of choices, as parameters of a test.

    Each case comes once with one of the others, which take turns; the remaining pairs are for ``make test-all``.
    """
    return [
        pytest.param(case, other, marks=() if number % len(others) == place else pytest.mark.full)
        for number, case in enumerate(cases)
        for place, other in enumerate(others)
    ]
