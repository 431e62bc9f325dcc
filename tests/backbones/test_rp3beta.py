import numpy as np
import pytest

import fitted


@pytest.mark.parametrize(("alpha", "beta", "k"), [(1.0, 0.0, 100), (0.6, 0.2, 3), (1.4, 0.7, 4)])
def test_equals_a_loop_over_walks(alpha: float, beta: float, k: int) -> None:
    x = fitted.matrix()
    users, items = range(len(x)), range(len(x[0]))
    of_user = [sum(row) for row in x]
    of_item = [sum(x[user][item] for user in users) for item in items]

    def walks(i: int, j: int) -> float:
        """From an item by any user to another one."""
        paths = (x[u][i] * x[u][j] * (1 / of_item[i]) ** alpha * (1 / of_user[u]) ** alpha for u in users if x[u][i])
        return sum(paths) / of_item[j] ** beta if of_item[j] else 0.0

    rows = [fitted.largest([0.0 if i == j else walks(i, j) for j in items], k) for i in items]
    expected = [[sum(rows[i][j] for i in items if x[user][i]) for j in items] for user in users]
    found = fitted.scores("rp3beta", x, alpha=alpha, beta=beta, num_neighbours=k)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_without_powers_and_cut_off_it_is_the_chance_of_a_walk() -> None:
    """The chance of a walk with a fixed first user, apart from walks that come back to an item of theirs at once."""
    x = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], float)
    # From item 1: to user 0 or 1, each one half; from there to item 0 or 2, each one half.
    assert fitted.scores("rp3beta", x, alpha=1.0, beta=0.0)[0].tolist() == [0.25, 0.5, 0.25]
