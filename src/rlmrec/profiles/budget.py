"""Cost of answers, and the limit on it."""

import math
from dataclasses import dataclass

from pydantic import NonNegativeFloat

from rlmrec.common.errors import UserError

CHARACTERS_PER_TOKEN = 4
"""The usual rule of thumb for English text; used where an endpoint does not count."""


def estimate_tokens(text: str) -> int:
    """Return a rough number of tokens."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Prices:
    """Prices per million tokens, in any currency.

    Args:
        prompt: of tokens that are sent.
        completion: of tokens that come back.
    """

    prompt: NonNegativeFloat = 0.0
    completion: NonNegativeFloat = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of one answer."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


class Budget:
    """Money spent and about to be spent.

    Args:
        spent: on all answers so far.
        max_cost: never spend more; None for no limit.
    """

    def __init__(self, spent: float, max_cost: float | None) -> None:
        self.spent = spent
        self.max_cost = max_cost
        self.reserved = 0.0

    def reserve(self, cost: float) -> None:
        """Set money aside for a request before it is sent, so that simultaneous requests stay within the limit.

        Raises:
            UserError: if the limit would be exceeded.
        """
        if self.max_cost is not None and self.spent + self.reserved + cost > self.max_cost:
            raise UserError(
                f"stopped at max_cost={self.max_cost:g}: {self.spent + self.reserved:.4f} is spent or under way. "
                "All answers are kept; run again with a larger max_cost to continue"
            )
        self.reserved += cost

    def settle(self, reserved: float, cost: float) -> None:
        """Replace a reservation by the actual cost of the answer; 0 if none came."""
        self.reserved -= reserved
        self.spent += cost
