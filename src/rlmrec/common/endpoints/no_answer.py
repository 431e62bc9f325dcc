"""The error for a request to an endpoint that failed."""

import re

from rlmrec.common.errors import printable

LONGEST_REASON = 400
"""Maximum characters quoted from an endpoint; some servers send whole pages."""


class NoAnswerError(Exception):
    """Raised if a request is refused or gets no usable answer.

    Args:
        reason: reason for the failure, in the endpoint's own words if there are any.
        transient: whether the same request may succeed later.
        fatal: whether every other request would fail too.
        wait: seconds that the endpoint asks to wait; None if it does not.
        maybe_billed: whether the endpoint may have generated an answer and charge for it.
    """

    def __init__(
        self,
        reason: str,
        transient: bool = False,
        fatal: bool = False,
        wait: float | None = None,
        maybe_billed: bool = False,
    ) -> None:
        super().__init__(brief(reason))
        self.transient = transient
        self.fatal = fatal
        self.wait = wait
        self.maybe_billed = maybe_billed


def brief(text: object) -> str:
    """Return the beginning of an endpoint's message, as one line that is safe to show in a terminal."""
    beginning = str(text)[: 10 * LONGEST_REASON]
    plain = re.sub("<[^<>]*>", " ", beginning) if beginning.lstrip()[:1] == "<" else beginning  # strip HTML tags
    shown = printable(" ".join(plain.split()))
    return shown if len(shown) <= LONGEST_REASON else f"{shown[: LONGEST_REASON - 3]}..."
