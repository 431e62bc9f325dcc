"""Profiles that say nothing are counted."""

import asyncio

import polars as pl

from rlmrec.data.findings.profiles import LITTLE_KNOWN, measure, warnings
from rlmrec.profiles.backends.template import TemplateWriter
from rlmrec.profiles.request import ChosenItem, Facts, Request


def told(texts: list[str]) -> list[str]:
    return list(warnings("user", measure(pl.Series(texts, dtype=pl.String))))


def test_profiles_that_differ() -> None:
    assert told([f"likes {word}" for word in ("cats", "dogs", "tea", "rain", "snow", "1984", "salt")]) == []
    assert told(["a"]) == [], "a single user has nobody to be like"


def test_the_template_says_that_little_is_known_in_words_that_are_found() -> None:
    facts = Facts("user", "", "", items=tuple(ChosenItem("", "", "", None, "") for _ in range(12)))
    answer = asyncio.run(TemplateWriter().answer(Request("user", 0, (), facts, ())))
    assert LITTLE_KNOWN in answer.text
    texts = [f"Has chosen {number % 12} {LITTLE_KNOWN}." for number in range(90)]
    texts += [f"likes {'x' * number}" for number in range(9)]
    assert told(texts) == [
        "90 of 99 (90.9 %) profiles of users say nothing: their items have neither title nor metadata nor review; name "
        "a file that has them with source.items=... of prepare_data.py"
    ]


def test_profiles_that_differ_in_numbers_only() -> None:
    texts = [f"Rated {number} items, mean {number / 7:.2f}." for number in range(30)] + ["likes tea", "likes rain"]
    assert told(texts) == ["30 of 32 (93.8 %) users have the same profile but for numbers: 'Rated 0 items, mean 0.00.'"]
    facts = measure(pl.Series(texts))
    assert (facts.count, facts.empty, facts.say_nothing, facts.alike) == (32, 0, 0, 30)


def test_empty_profiles() -> None:
    texts = ["", " \n"] * 5 + [f"likes {'x' * n}" for n in range(10)]
    assert told(texts)[0].startswith("10 of 20 (50.0 %) users have no profile")
    few = ["", "", *(f"likes {'x' * n}" for n in range(40))]
    assert told(few) == [], "a few without text are no flaw of the whole"
    assert told([""] * 20) == [], "a kind without any profile gets no vectors"
    facts = measure(pl.Series(["", ""], dtype=pl.String))
    assert (facts.empty, facts.alike, facts.example) == (2, 0, "")


def test_long_examples_are_cut() -> None:
    assert told(["long " * 100] * 6)[0].endswith("...'")
