"""Answers and error messages of endpoints."""

import json
from typing import Any

from rlmrec.common.endpoints.no_answer import NoAnswerError, brief

FATAL_STATUS = (401, 402, 403, 404)
"""Statuses that every other request would meet too."""

TRANSIENT_STATUS = (408, 409, 425, 429)
"""Statuses, besides those from 500, with which the same request may succeed later."""


def read_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer.

    Raises:
        NoAnswerError: if there is none, or if it holds nothing but an error, as some endpoints answer with status 200.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        beginning = brief(content[:4000].decode("utf-8", "replace"))
        raise NoAnswerError(f"the answer was not JSON: {beginning}", transient=True, maybe_billed=True) from None
    if not isinstance(body, dict):
        raise NoAnswerError(f"the answer was no JSON object: {brief(body)}", transient=True, maybe_billed=True)
    if body.get("error") and not (body.get("choices") or body.get("data")):
        code = body["error"].get("code") if isinstance(body["error"], dict) else None
        raise refused(code if isinstance(code, int) else None, code, error_text(body))
    return body


def error_text(body: Any) -> str:
    """Return what an answer says of an error, wherever it says so."""
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error.get("message") or error.get("detail") or error if isinstance(error, dict) else error
    return brief(message if isinstance(message, str) else json.dumps(message, default=str))


def refused(status: int | None, code: object, reason: str, wait: float | None = None) -> NoAnswerError:
    """Return the failure of a request that the endpoint answered with an error; such answers cost nothing."""
    fatal = status in FATAL_STATUS or code == "insufficient_quota"
    transient = not fatal and (status is None or status >= 500 or status in TRANSIENT_STATUS)
    return NoAnswerError(reason, transient=transient, fatal=fatal, wait=wait)
