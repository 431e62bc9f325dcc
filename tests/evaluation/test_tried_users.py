"""The users on whom placements of cold users and items are compared."""

import numpy as np
import pytest

from rlmrec.evaluation.cold_start.chosen_placement import evenly_spread


@pytest.mark.parametrize(("share", "most", "count"), [(1.0, 100, 90), (1.0, 30, 30), (0.1, 100, 9), (0.1, 5, 5)])
def test_they_are_spread_over_all_numbers(share: float, most: int, count: int) -> None:
    chosen = np.arange(100) >= 10
    taken = np.flatnonzero(evenly_spread(chosen, share, most))
    assert len(taken) == count and taken[0] == 10 and taken[-1] == 99
    assert np.diff(taken).max() <= np.ceil(90 / (count - 1))


def test_none_are_taken_of_none() -> None:
    assert not evenly_spread(np.zeros(4, bool)).any()
