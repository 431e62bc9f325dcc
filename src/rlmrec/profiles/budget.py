"""Cost of answers, and the limit on it."""

import asyncio
import math
from dataclasses import dataclass
from typing import Annotated, Protocol

from pydantic import NonNegativeFloat, StringConstraints

from rlmrec.common.errors import UserError
from rlmrec.profiles.request import Request

CHARACTERS_PER_TOKEN = 4
"""The usual rule of thumb for English text; used where an endpoint does not count."""

TOKENS_AROUND = 100
"""More tokens than a chat template puts around a message."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,8}$")]
"""The name of a currency, such as ``USD``."""


def estimate_tokens(text: str) -> int:
    """Return a rough number of tokens."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Prices:
    """Prices per million tokens.

    Args:
        prompt: of tokens that are sent.
        completion: of tokens that come back.
        currency: of both.
    """

    prompt: NonNegativeFloat = 0.0
    completion: NonNegativeFloat = 0.0
    currency: Currency = "USD"

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of one answer."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6

    def most(self, request: Request, most_tokens: int) -> float:
        """Return what an answer of at most so many tokens can cost: no tokenizer makes more tokens than bytes."""
        sent = sum(len(message["content"].encode("utf-8", "replace")) + TOKENS_AROUND for message in request.messages)
        return self.cost(sent, most_tokens)

    def shown(self, amount: float) -> str:
        """Return an amount with its currency, to four decimals, or six of small amounts."""
        return f"{amount:.{6 if 0 < amount < 0.1 else 4}f} {self.currency}"


class Priced(Protocol):
    """A back end with prices."""

    prices: Prices
    most_tokens: int | None


def refuse_unbounded(max_cost: float | None, llm: Priced) -> None:
    """Refuse a limit on the cost where nothing tells what an answer may cost.

    Raises:
        UserError: if ``max_cost`` is given where answers have no price, or no limit on their length.
    """
    if max_cost is not None and not llm.prices.prompt + llm.prices.completion:
        raise UserError("max_cost needs prices: set llm.prompt_price and llm.completion_price")
    if max_cost is not None and not llm.most_tokens:
        raise UserError(
            "max_cost needs a limit on answers: set llm.parameters.max_tokens or +llm.parameters.max_completion_tokens"
        )


class Budget:
    """Money spent and about to be spent, so that simultaneous requests together stay within a limit.

    Before a request is sent, what it may cost at most is set aside; then its cost takes the place of that. The first
    request goes alone: an endpoint that counts more tokens than it was asked for shows it there, and from then on
    as many times more is set aside.

    Args:
        prices: for the currency.
        spent: on all answers so far.
        max_cost: never spend more; None for no limit.
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
        """Set aside what a request may cost at most; wait for requests under way if they may leave enough.

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
        """Replace what was set aside by what the request cost; 0 if it cost nothing."""
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
