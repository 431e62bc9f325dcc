"""What is near a misspelt word."""

import pytest

from rlmrec.options.explain import known_options, similar


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("lightgcm", ["autocf", "gccf", "lightgcn", "sgl"], ["lightgcn"]),
        ("noise", ["names", "interaction_noise", "seed"], ["interaction_noise"]),
        ("kd", ["contrastive", "generative", "none"], []),
        ("layers", ["num_layers", "num_heads"], ["num_layers"]),
    ],
)
def test_words_that_are_spelt_alike_or_share_a_part(word: str, known: list[str], near: list[str]) -> None:
    assert similar(word, known) == near


def test_options_are_those_of_the_chosen_parts() -> None:
    known = known_options("train", ["backbone=autocf", "optimizer=sgd", "seed=1"])
    assert {"backbone.num_seeds", "optimizer.momentum", "seed", "evaluation.mask"} <= set(known)
    assert "backbone.keep_rate" not in known_options("train", ["backbone=simgcl"])
    assert "backbone.keep_rate" in known_options("train", ["backbone=sgl,gccf"]), "a sweep: those of the defaults"
