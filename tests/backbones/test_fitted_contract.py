"""What every fitted backbone with a configuration file must fulfil."""

import inspect

import numpy as np
import pytest
import torch
from hydra.utils import get_object

import fitted
import parts
from choices import EVERY_KIND, FITTED, NOT_ALIGNED
from rlmrec.backbones import Backbone, FittedBackbone, neighbours
from rlmrec.backbones.scores import Matrix

EACH = pytest.mark.parametrize("name", FITTED)


def dense(matrix: Matrix) -> np.ndarray:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


@pytest.mark.parametrize("name", EVERY_KIND)
def test_the_kinds_are_told_apart_by_their_class(name: str) -> None:
    made = get_object(parts.options("backbone", name)["_target_"])
    assert issubclass(made, FittedBackbone if name in FITTED else Backbone)
    assert made.has_embeddings == (name not in NOT_ALIGNED)


@EACH
def test_what_is_found_has_the_shapes_that_were_told_and_finite_numbers(name: str) -> None:
    made = fitted.backbone(name, fitted.matrix())
    found = made.fit(seed=0)
    assert {part: matrix.shape for part, matrix in found.items()} == made.shapes
    for matrix in found.values():
        assert matrix.dtype == np.float32 and np.isfinite(dense(matrix)).all()


@EACH
def test_users_are_scored_alone_as_together_and_scores_may_be_written_to(name: str) -> None:
    made = fitted.backbone(name, fitted.matrix())
    scores = made.scores(made.fit(seed=0))
    assert (scores.num_users, scores.num_items) == (fitted.NUM_USERS, fitted.NUM_ITEMS)
    whole = scores.of(torch.arange(fitted.NUM_USERS))
    assert whole.shape == (fitted.NUM_USERS, fitted.NUM_ITEMS) and whole.dtype == scores.dtype == torch.float32
    some = scores.of(torch.tensor([5, 2]))
    torch.testing.assert_close(some, whole[[5, 2]])
    some.fill_(-torch.inf)
    torch.testing.assert_close(scores.of(torch.tensor([5, 2])), whole[[5, 2]])


@EACH
def test_the_same_seed_gives_the_same_digits_and_other_random_numbers_change_nothing(name: str) -> None:
    first = fitted.every_score(fitted.backbone(name, fitted.matrix()), seed=3)
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    assert torch.equal(fitted.every_score(fitted.backbone(name, fitted.matrix()), seed=3), first)


@EACH
def test_users_and_items_without_interactions_have_finite_scores(name: str) -> None:
    empty = np.zeros((3, 12))
    empty[0, 0] = empty[1, 0] = empty[1, 1] = 1
    assert np.isfinite(fitted.scores(name, empty)).all()


@EACH
def test_parts_of_the_product_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fitted.scores(name, fitted.matrix())
    monkeypatch.setattr(neighbours, "ENTRIES_AT_ONCE", 5)
    assert np.array_equal(fitted.scores(name, fitted.matrix()), expected)


@EACH
def test_repeated_interactions_count_once(name: str) -> None:
    x = fitted.matrix()
    known = fitted.interactions(x)
    twice = type(known)(known.users.repeat(2), known.items.repeat(2), known.num_users, known.num_items)
    made, expected = (parts.with_profiles(type(fitted.backbone(name, x)), some) for some in (twice, known))
    torch.testing.assert_close(fitted.every_score(made), fitted.every_score(expected))


@EACH
def test_the_source_is_named(name: str) -> None:
    text = inspect.getdoc(get_object(parts.options("backbone", name)["_target_"])) or ""
    assert "recall@20" in text and "num_items" in text
