import math

import numpy as np
import pytest

import fitted


@pytest.mark.parametrize(("num_neighbours", "shrinkage"), [(2, 0.0), (3, 2.5), (100, 10.0)])
def test_equals_a_loop(num_neighbours: int, shrinkage: float) -> None:
    x = fitted.matrix()
    users, items = range(len(x)), range(len(x[0]))
    users_of = [{user for user in users if x[user][item]} for item in items]

    def similarity(i: int, j: int) -> float:
        common = len(users_of[i] & users_of[j])
        return common and common / (math.sqrt(len(users_of[i]) * len(users_of[j])) + shrinkage)

    expected = np.zeros_like(x)
    for j in items:
        near = fitted.largest([0.0 if i == j else similarity(i, j) for i in items], num_neighbours)
        for user in users:
            expected[user, j] = sum(near[i] for i in items if x[user][i])
    found = fitted.scores("item_knn", x, num_neighbours=num_neighbours, shrinkage=shrinkage)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
