"""Linear CKA and groups of equal size."""

from itertools import permutations
from math import isnan

import numpy as np
import pytest

from rlmrec.report.sections.popularity import equal_groups
from rlmrec.report.trained_embeddings import linear_cka


def by_sums(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased HSIC by its definition: means of products of kernels over distinct objects."""
    k, m, n = x @ x.T, y @ y.T, len(x)
    pairs, triples, quadruples = (np.array([*permutations(range(n), count)]).T for count in (2, 3, 4))
    first = (k[pairs[0], pairs[1]] * m[pairs[0], pairs[1]]).mean()
    second = (k[quadruples[0], quadruples[1]] * m[quadruples[2], quadruples[3]]).mean()
    third = (k[triples[0], triples[1]] * m[triples[0], triples[2]]).mean()
    return float(first + second - 2 * third)


def test_cka_is_that_of_sums_over_distinct_objects() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((9, 3)) + 5
    y = random.standard_normal((9, 7)) + x[:, :1]
    assert linear_cka(x, y) == pytest.approx(by_sums(x, y) / np.sqrt(by_sums(x, x) * by_sums(y, y)))


def test_cka_is_blind_to_rotation_scale_and_place() -> None:
    random = np.random.default_rng(0)
    x = random.standard_normal((20, 4)).astype(np.float32)
    rotation = np.linalg.qr(random.standard_normal((4, 4)))[0]
    assert linear_cka(x, 3 * x @ rotation + 7) == pytest.approx(1)
    assert linear_cka(x, random.standard_normal((20, 4))) < 0.9


@pytest.mark.parametrize("widths", [(32, 128), (32, 384), (256, 384)])
def test_unrelated_embeddings_have_a_cka_of_about_0_whatever_their_widths(widths: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    found = [linear_cka(*(random.standard_normal((500, width)) for width in widths)) for _ in range(20)]
    assert abs(np.mean(found)) < 0.003 and np.max(np.abs(found)) < 0.02


def test_cka_of_what_does_not_vary_or_of_too_few_is_unknown() -> None:
    x = np.random.default_rng(0).standard_normal((20, 4))
    assert isnan(linear_cka(x, np.ones((20, 2)))) and isnan(linear_cka(x[:3], x[:3]))


def test_groups_of_equal_size() -> None:
    assert equal_groups(np.array([5, 1, 9, 1]), 2).tolist() == [1, 0, 1, 0]
    assert equal_groups(np.zeros(5), 5).tolist() == [0, 1, 2, 3, 4]
    assert np.bincount(equal_groups(np.arange(103), 10)).tolist() == [11, 10, 10, 11, 10, 10, 11, 10, 10, 10]
    assert equal_groups(np.array([]), 3).tolist() == []
