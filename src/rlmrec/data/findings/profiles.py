"""Profiles that say nothing: absent, or the same for many."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from rlmrec.data.findings.shares import many, share

LITTLE_KNOWN = "items of which little is known"
"""Words of a template's profile of a user of whose items nothing but their number is known."""
EXAMPLE_CHARACTERS = 80


@dataclass(frozen=True)
class ProfileFacts:
    """Counts of the profiles of all users or of all items.

    Args:
        count: users or items.
        empty: those without a profile.
        say_nothing: those whose profile says that nothing is known.
        alike: those with the most common profile, where numbers in the text make no difference; 0 without profiles.
        example: such a profile, cut to its beginning.
    """

    count: int
    empty: int
    say_nothing: int
    alike: int
    example: str


def measure(profiles: pl.Series) -> ProfileFacts:
    """Return what profiles say.

    Args:
        profiles: texts, ``(n,)``, empty where there is none.
    """
    texts = profiles.str.strip_chars()
    told = texts.filter(texts != "").to_frame("text")
    groups = (
        told.group_by(pl.col("text").str.replace_all(r"\d+", "0").alias("form"), maintain_order=True)
        .agg(pl.len().alias("size"), pl.col("text").first())
        .sort("size", descending=True, maintain_order=True)
    )
    return ProfileFacts(
        count=len(texts),
        empty=len(texts) - len(told),
        say_nothing=int(told["text"].str.contains(LITTLE_KNOWN, literal=True).sum()),
        alike=groups["size"][0] if len(groups) else 0,
        example=_cut(groups["text"][0]) if len(groups) else "",
    )


def warnings(kind: str, facts: ProfileFacts) -> Iterator[str]:
    """Yield a line for everything that is strange about the profiles of all users or of all items.

    Args:
        kind: ``user`` or ``item``.
        facts: of their profiles.
    """
    if facts.empty < facts.count and many(facts.empty, facts.count):  # where none has one, there will be no vectors
        yield (
            f"{share(facts.empty, facts.count)} {kind}s have no profile: they will share one vector, the mean of the "
            "others"
        )
    if many(facts.say_nothing, facts.count):
        yield (
            f"{share(facts.say_nothing, facts.count)} profiles of {kind}s say nothing: their items have neither title "
            "nor metadata nor review; name a file that has them with source.items=... of prepare_data.py"
        )
    if facts.alike > 1 and many(facts.alike, facts.count) and LITTLE_KNOWN not in facts.example:
        yield f"{share(facts.alike, facts.count)} {kind}s have the same profile but for numbers: {facts.example!r}"


def _cut(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARACTERS else f"{text[:EXAMPLE_CHARACTERS]}..."
