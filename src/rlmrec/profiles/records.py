"""Conversion of answers to records of the store, with their cost."""

from rlmrec.profiles.backends.base import Answer, Backend
from rlmrec.profiles.budget import estimate_tokens
from rlmrec.profiles.request import Request
from rlmrec.profiles.store import Record


def as_record(answer: Answer, request: Request, key: str, backend: Backend, line: str = "") -> Record:
    """Return an answer as a record of the store; tokens are estimated if the backend does not count them.

    Args:
        answer: the answer.
        request: the answered request.
        key: key of the request.
        backend: backend that answered.
        line: SHA-256 of the line of a batch result with the answer; empty if it is not from a batch.
    """
    estimated = answer.prompt_tokens is None or answer.completion_tokens is None
    sent = estimate_tokens(request.text) if estimated else answer.prompt_tokens or 0
    received = estimate_tokens(answer.text) if estimated else answer.completion_tokens or 0
    cost = backend.prices.cost(sent, received)
    text = answer.text.encode("utf-8", "replace").decode()  # an unpaired surrogate cannot be stored
    return Record(
        key=key,
        kind=request.kind,
        id=request.id,
        text=None if answer.problem else text,
        error=answer.problem or None,
        prompt_tokens=sent,
        completion_tokens=received,
        estimated=estimated,
        cost=cost,
        uncertain=max(backend.most_cost(request) - cost, 0.0) if estimated else 0.0,
        currency=backend.prices.currency if cost else "",
        withheld=request.withheld,
        line=line,
    )


def repeated_record(answer: Answer, known: Record, backend: Backend, line: str) -> Record:
    """Return a record of the cost of a repeated answer to a request, which is not used.

    Args:
        answer: the repeated answer.
        known: record of the answer in use.
        backend: backend that answered.
        line: SHA-256 of the line of a batch result with the answer.
    """
    sent = known.prompt_tokens if answer.prompt_tokens is None else answer.prompt_tokens
    received = estimate_tokens(answer.text) if answer.completion_tokens is None else answer.completion_tokens
    cost = backend.prices.cost(sent, received)
    return Record(
        key=known.key,
        kind=known.kind,
        id=known.id,
        error="answered before",
        prompt_tokens=sent,
        completion_tokens=received,
        estimated=answer.prompt_tokens is None or answer.completion_tokens is None,
        cost=cost,
        currency=backend.prices.currency if cost else "",
        line=line,
    )


def lost_record(reason: str, request: Request, key: str, backend: Backend, line: str = "") -> Record:
    """Return a record of the maximum cost of an attempt whose answer was lost; see ``as_record``."""
    cost, currency = backend.most_cost(request), backend.prices.currency
    return Record(key=key, kind=request.kind, id=request.id, error=reason, uncertain=cost, currency=currency, line=line)
