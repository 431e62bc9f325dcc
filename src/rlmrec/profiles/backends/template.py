"""A backend that writes profiles from a template, without a model."""

from collections import Counter
from collections.abc import Iterable

from rlmrec.common.errors import UserError
from rlmrec.data.findings.profiles import LITTLE_KNOWN
from rlmrec.profiles.answer import Profile
from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.metadata import listed, read
from rlmrec.profiles.request import ChosenItem, Facts, Request

VALUES_NAMED, TITLES_NAMED, EXCERPTS = 4, 12, 3
EXCERPT_CHARACTERS = 200
MANY = 5
"""Number of items from which a value counts as a preference only if it occurs at least twice."""


class TemplateWriter(Backend):
    """A backend without a model, fast, free and deterministic: for tests, the built-in dataset and as a baseline."""

    def __init__(self) -> None:
        super().__init__(model="template-1", parameters={})

    async def answer(self, request: Request) -> Answer:
        facts = request.facts
        if facts is None:
            raise UserError("llm=template writes profiles only: choose llm=openai or another model")
        sentences = _of_item(facts) if facts.kind == "item" else _of_user(facts)
        reasoning = f"put together from metadata, {len(facts.reviews)} reviews and {len(facts.items)} items"
        profile = Profile(summarization=" ".join(sentences), reasoning=reasoning)
        return Answer(profile.model_dump_json(), 0, 0)


def _of_item(facts: Facts) -> Iterable[str]:
    fields, sentences = read(facts.metadata)
    if facts.title:
        yield f"{facts.title}."
    yield from (_sentence(label, values) for label, values in fields.items())
    yield from sentences
    if facts.reviews:
        yield f"Reviews say: {_excerpts(facts.reviews)}"


def _of_user(facts: Facts) -> Iterable[str]:
    fields, sentences = read(facts.metadata)
    yield from (_sentence(label, values) for label, values in fields.items())
    yield from sentences
    yield from (_sentence(f"prefers {label}", values) for label, values in preferences(facts.items).items())
    titles = [item.title for item in facts.items if item.title][:TITLES_NAMED]
    if titles:
        yield f"Has chosen {listed(titles)}."
    reviews = [item.review for item in facts.items if item.review]
    if reviews:
        yield f"Has written: {_excerpts(reviews)}"
    if not titles and not reviews:
        yield f"Has chosen {len(facts.items)} {LITTLE_KNOWN}."


def preferences(items: Iterable[ChosenItem]) -> dict[str, list[str]]:
    """Return the most frequent values in the items' metadata, by label; ties are sorted alphabetically."""
    counts: dict[str, Counter[str]] = {}
    known = [read(item.metadata)[0] for item in items]
    for fields in known:
        for label, values in fields.items():
            counts.setdefault(label, Counter()).update(set(values))
    at_least = 2 if len(known) >= MANY else 1
    ranked = {label: sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])) for label, counter in counts.items()}
    kept = {
        label: [value for value, count in pairs if count >= at_least and not value.isdigit()][:VALUES_NAMED]
        for label, pairs in ranked.items()
    }
    return {label: values for label, values in kept.items() if values}


def _sentence(label: str, values: list[str]) -> str:
    return f"{label[0].upper()}{label[1:]}: {listed(values)}."


def _excerpts(reviews: Iterable[str]) -> str:
    return " ".join(" ".join(review.split())[:EXCERPT_CHARACTERS] for review in list(reviews)[:EXCERPTS])
