"""Parsing of chat completions, in which any field may be missing, null or of another type."""

import math
from typing import Any

from rlmrec.common.endpoints.answers import error_text
from rlmrec.common.endpoints.no_answer import NoAnswerError, brief
from rlmrec.profiles.backends.base import Answer

MOST_TOKENS = 2**53
"""Bound on token counts; a higher value is not a count."""


def read_completion(body: Any) -> Answer:
    """Return the answer in the body of a chat completion; a paid one without text states the problem.

    Raises:
        NoAnswerError: if it is not a chat completion.
    """
    body = body if isinstance(body, dict) else {}
    choices, usage = body.get("choices"), body.get("usage")
    choice = choices[0] if isinstance(choices, list) and choices else None
    sent, received = (_count(usage, f"{name}_tokens") for name in ("prompt", "completion"))
    total = _count(usage, "total_tokens")
    if total and sent and received:  # some endpoints bill reasoning tokens without counting them as completion tokens
        received = max(received, total - sent)
    counts = sent, received
    if not isinstance(choice, dict):
        reason = f"the endpoint sent no chat completion: {error_text(body)}"
        if None in counts:
            raise NoAnswerError(reason, transient=True, maybe_billed=True)
        return Answer("", *counts, problem=brief(reason))
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = _text(message.get("content"))
    if text.strip():
        return Answer(text, *counts)
    why = message.get("refusal") or choice.get("finish_reason") or "nobody said why"
    failed = next((part for part in (body, choice) if part.get("error")), None)
    said = f" ({error_text(failed)})" if failed else ""
    return Answer("", *counts, problem=brief(f"no text: {why}{said}"))


def _text(content: Any) -> str:
    """Return the text of content that is a string or a list of parts; other parts, such as reasoning, are dropped."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type", "text") in TEXT_PARTS]
    texts += [part for part in parts if isinstance(part, str)]
    return "".join(text for text in texts if isinstance(text, str))


TEXT_PARTS = ("text", "output_text")


def _count(usage: Any, name: str) -> int | None:
    """Return a number of tokens; None if missing, invalid or zero, which servers report if they do not count."""
    value = usage.get(name) if isinstance(usage, dict) else None
    try:
        number = math.ceil(float(value)) if isinstance(value, int | float | str) and value is not True else 0
    except (ValueError, OverflowError):
        return None
    return number if 0 < number < MOST_TOKENS else None
