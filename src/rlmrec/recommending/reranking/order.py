"""Parsing of the order in which a language model ranks the candidates of a list."""

from pydantic import BaseModel, StrictInt

from rlmrec.profiles.answer import MalformedAnswerError, read_object

NAMED = 10
"""Minimum number of candidates in an answer, if there are as many; the others keep their order after these."""


class Order(BaseModel):
    """The expected answer of the model: numbers of candidates from 1, best first."""

    ranking: list[StrictInt]


def parse_order(text: str, count: int) -> tuple[int, ...]:
    """Return the positions of all candidates from 0, in their new order.

    Args:
        text: raw answer of the model.
        count: number of candidates; those missing in the answer follow in their original order.

    Raises:
        MalformedAnswerError: if it is not such an object, or names a candidate twice, an unknown one, or too few.
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
