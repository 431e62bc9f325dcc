"""Uninformative profiles: absent, or the same for many entities."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from rlmrec.data.findings.shares import many, share

LITTLE_KNOWN = "items of which little is known"
"""Phrase by which the profile template describes a user whose items have no text."""
EXAMPLE_CHARACTERS = 80


@dataclass(frozen=True)
class ProfileFacts:
    """Counts of the profiles of all users or of all items.

    Args:
        count: number of users or items.
        empty: number of entities without a profile.
        say_nothing: number of profiles that contain ``LITTLE_KNOWN``.
        alike: number of entities with the most common profile, ignoring numbers in the text; 0 without profiles.
        example: beginning of a most common profile.
    """

    count: int
    empty: int
    say_nothing: int
    alike: int
    example: str


def measure(profiles: pl.Series) -> ProfileFacts:
    """Return counts of the profiles of users or items.

    Args:
        profiles: texts, ``(n,)``, empty for entities without a profile.
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
    """Yield a line for each anomaly in the profiles of all users or of all items.

    Args:
        kind: ``user`` or ``item``.
        facts: counts of their profiles.
    """
    if facts.empty < facts.count and many(facts.empty, facts.count):  # without any profile there are no vectors
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
