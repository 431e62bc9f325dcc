"""Answers and error messages of endpoints."""

import json
from typing import Any

from rlmrec.common.endpoints.no_answer import NoAnswerError, brief

FATAL_STATUS = (401, 402, 403, 404)
"""Statuses with which every other request would fail too."""

TRANSIENT_STATUS = (408, 409, 425, 429)
"""Statuses below 500 with which the same request may succeed later."""


def read_object(content: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer.

    Raises:
        NoAnswerError: if there is none, or it only holds an error, which some endpoints return with status 200.
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
    """Return the error message in an answer, from any of the fields that endpoints use."""
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error.get("message") or error.get("detail") or error if isinstance(error, dict) else error
    return brief(message if isinstance(message, str) else json.dumps(message, default=str))


def refused(status: int | None, code: object, reason: str, wait: float | None = None) -> NoAnswerError:
    """Return the exception for a request that the endpoint refused with an error; such answers are not billed."""
    fatal = status in FATAL_STATUS or code == "insufficient_quota"
    transient = not fatal and (status is None or status >= 500 or status in TRANSIENT_STATUS)
    return NoAnswerError(reason, transient=transient, fatal=fatal, wait=wait)
