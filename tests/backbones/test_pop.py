import numpy as np

import fitted


def test_everybody_has_the_counts_of_items() -> None:
    x = fitted.matrix()
    counts = [sum(x[user][item] for user in range(len(x))) for item in range(len(x[0]))]
    assert fitted.scores("pop", x).tolist() == [counts] * len(x)
    assert np.ptp(counts) > 0
