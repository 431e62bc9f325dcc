"""A preview of the requests and the cost of a run, without sending any."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rlmrec.profiles.budget import CHARACTERS_PER_TOKEN, Prices, estimate_tokens
from rlmrec.profiles.job import ProfileJob
from rlmrec.profiles.progress import Progress
from rlmrec.profiles.request import Request


@dataclass(frozen=True)
class Estimate:
    """An estimate for one stage: number of requests, tokens sent and received, and their cost."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


@dataclass(frozen=True)
class Preview:
    """Up to three prompts, estimates for the outstanding requests, prices, and a description of the cost so far."""

    prompts: tuple[str, ...]
    items: Estimate
    users: Estimate
    prices: Prices
    spent: str


def preview(job: ProfileJob) -> Preview:
    """Render all prompts and estimate their tokens; placeholders represent items' profiles not yet written."""
    with job.open() as opened:
        items = Progress.of(opened.requests.items(), job.prompt, job.llm, opened.store)
        # Half of an answer is the profile, the other half its reasoning.
        stand_in = "[this item's profile, written first] ".ljust(CHARACTERS_PER_TOKEN * job.answer_tokens // 2, ".")
        profiles = dict.fromkeys((request.id for request in items.waiting), stand_in) | items.finished
        users = Progress.of(opened.requests.users(profiles), job.prompt, job.llm, opened.store)
        shown = (*items.waiting[:2], *users.waiting[: 3 - len(items.waiting[:2])])
        return Preview(
            tuple(_readable(request) for request in shown),
            _estimate(job, items.waiting),
            _estimate(job, users.waiting),
            job.llm.prices,
            opened.store.cost(job.llm.prices),
        )


def _estimate(job: ProfileJob, requests: Sequence[Request]) -> Estimate:
    sent = sum(estimate_tokens(request.text) for request in requests)
    received = job.answer_tokens * len(requests)
    return Estimate(len(requests), sent, received, job.llm.prices.cost(sent, received))


def _readable(request: Request) -> str:
    messages = (f"[{message['role']}]\n{message['content']}" for message in request.messages)
    text = re.sub(r"\.{9,}", "...", "\n\n".join(messages))  # the padding of placeholders
    return f"--- {request.kind} {request.id} ---\n{text}"
