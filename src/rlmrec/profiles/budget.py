"""The cost of answers, and its limit."""

import asyncio
import math
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import NonNegativeFloat, StringConstraints

from rlmrec.common.errors import UserError
from rlmrec.profiles.request import Request

CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for English text, used if an endpoint does not count tokens."""

TOKENS_AROUND = 100
"""Upper bound on the tokens that a chat template adds to a message."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,8}$")]
"""A currency, such as ``USD``."""


def estimate_tokens(text: str) -> int:
    """Return an estimate of the number of tokens of a text."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Prices:
    """Prices per million tokens.

    Args:
        prompt: price of tokens sent.
        completion: price of tokens received.
        currency: currency of both.
    """

    prompt: NonNegativeFloat = 0.0
    completion: NonNegativeFloat = 0.0
    currency: Currency = "USD"

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the cost of one answer."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6

    def most(self, request: Request, most_tokens: int) -> float:
        """Return an upper bound on the cost of an answer of at most ``most_tokens``: tokens cannot outnumber bytes."""
        sent = sum(len(message["content"].encode("utf-8", "replace")) + TOKENS_AROUND for message in request.messages)
        return self.cost(sent, most_tokens)

    def shown(self, amount: float) -> str:
        """Return an amount with its currency, with four decimals, or six for small amounts."""
        return f"{amount:.{6 if 0 < amount < 0.1 else 4}f} {self.currency}"


class Priced(Protocol):
    """The interface of backends with prices."""

    prices: Prices
    most_tokens: int | None


def refuse_unbounded(max_cost: float | None, llm: Priced) -> None:
    """Refuse a cost limit if the cost of an answer is unbounded or unknown.

    Raises:
        UserError: if ``max_cost`` is set, but answers have no price or no length limit.
    """
    if max_cost is not None and not llm.prices.prompt + llm.prices.completion:
        raise UserError("max_cost needs prices: set llm.prompt_price and llm.completion_price")
    if max_cost is not None and not llm.most_tokens:
        raise UserError(
            "max_cost needs a limit on answers: set llm.parameters.max_tokens or +llm.parameters.max_completion_tokens"
        )


class Budget:
    """A budget of spent and reserved money, which keeps simultaneous requests within a limit.

    The maximum cost of a request is reserved before it is sent, and then replaced by its actual cost. The first paid
    request runs alone: if the endpoint bills more than the computed maximum, later reservations are scaled up
    accordingly.

    Args:
        prices: prices, for the currency.
        spent: cost of all answers so far.
        max_cost: limit on the total cost; None for no limit.
    """

    def __init__(self, prices: Prices, spent: float, max_cost: float | None) -> None:
        self.prices = prices
        self.spent = spent
        self.max_cost = max_cost
        self.reserved: list[float] = []
        self.excess = 1.0
        self._known = False
        self._settled = asyncio.Event()

    async def reserve(self, cost: float) -> None:
        """Reserve the maximum cost of a request, waiting for requests in progress if they may leave enough.

        Raises:
            UserError: if the limit could be exceeded.
        """
        while self.max_cost is not None and not self._fits(cost):
            if not self.reserved:
                raise UserError(
                    f"stopped at max_cost={self.max_cost:g}: {self.prices.shown(self.spent)} is spent, and the next "
                    f"request may cost {self.prices.shown(cost * self.excess)}. All answers are kept; run again with "
                    "a larger max_cost to continue"
                )
            await self._settled.wait()
        self.reserved.append(cost)

    def settle(self, reserved: float, cost: float) -> None:
        """Replace a reservation by the actual cost of the request, which may be 0."""
        self.reserved.remove(reserved)
        self.spent += cost
        if cost:
            self._known = True
            self.excess = max(self.excess, cost / reserved if reserved else 1.0)
        self._settled.set()
        self._settled = asyncio.Event()

    def _fits(self, cost: float) -> bool:
        assert self.max_cost is not None
        if self.reserved and not self._known:
            return False
        return self.spent + self.excess * (sum(self.reserved) + cost) <= self.max_cost
