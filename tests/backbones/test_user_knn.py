import math

import numpy as np
import pytest

import fitted


@pytest.mark.parametrize(("num_neighbours", "shrinkage"), [(2, 0.0), (3, 2.5), (100, 10.0)])
def test_equals_a_loop(num_neighbours: int, shrinkage: float) -> None:
    x = fitted.matrix()
    items_of = [{item for item in range(len(row)) if row[item]} for row in x]

    def similarity(u: int, v: int) -> float:
        common = len(items_of[u] & items_of[v])
        return common and common / (math.sqrt(len(items_of[u]) * len(items_of[v])) + shrinkage)

    expected = np.zeros_like(x)
    for u in range(len(x)):
        near = fitted.largest([0.0 if u == v else similarity(u, v) for v in range(len(x))], num_neighbours)
        for item in range(len(x[0])):
            expected[u, item] = sum(near[v] for v in range(len(x)) if x[v][item])
    found = fitted.scores("user_knn", x, num_neighbours=num_neighbours, shrinkage=shrinkage)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)
