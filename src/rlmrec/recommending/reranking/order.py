"""The order that a language model gives to the candidates of a list."""

from pydantic import BaseModel, StrictInt

from rlmrec.profiles.answer import MalformedAnswerError, read_object

NAMED = 10
"""Candidates that an answer must name at least, if there are as many: those after them keep their order."""


class Order(BaseModel):
    """The answer that a model is asked for: numbers of candidates from 1, best first."""

    ranking: list[StrictInt]


def parse_order(text: str, count: int) -> tuple[int, ...]:
    """Return the places of the candidates in a new order, from 0, each once.

    Args:
        text: the answer as it came.
        count: number of candidates. Those that the answer leaves out follow the others as they were.

    Raises:
        MalformedAnswerError: if it is no such object, or names a candidate twice, one that is none, or too few.
    """
    numbers = read_object(text, Order).ranking
    if wrong := [number for number in numbers if not 1 <= number <= count]:
        raise MalformedAnswerError(f"there is no candidate {wrong[0]}, only 1 to {count}")
    if len(set(numbers)) < len(numbers):
        repeated = next(number for number in numbers if numbers.count(number) > 1)
        raise MalformedAnswerError(f"candidate {repeated} is there twice")
    if len(numbers) < min(NAMED, count):
        raise MalformedAnswerError(f"it orders {len(numbers)} of {count} candidates")
    first = [number - 1 for number in numbers]
    return (*first, *(place for place in range(count) if place not in set(first)))
