"""The key of an endpoint: read from the environment, and never shown."""

import os
import re
from urllib.parse import urlsplit

from rlmrec.common.errors import UserError

SHORTEST_SECRET = 16
"""Keys of fewer characters may be stand-ins such as "EMPTY", which occur in any text."""
SHORT_SECRET = re.compile(r"(?=.*[0-9])(?=.*[a-zA-Z]).{8,}")
"""Shorter keys that are secrets all the same: no word has both letters and digits."""


def read_key(variable: str | None, option: str) -> str:
    """Return the key in an environment variable, or an empty text where no variable is named.

    Args:
        variable: its name; None for endpoints without a key.
        option: that names the variable, such as ``llm.api_key_variable``.

    Raises:
        UserError: if the variable is not set, or holds what cannot be sent.
    """
    if variable is None:
        return ""
    # A value that does not look like a variable's name may be a key, put here by mistake: it is not shown.
    shown = variable if re.fullmatch("[A-Z][A-Z0-9_]{0,39}", variable) else f"that {option} names"
    key = os.environ.get(variable, "").strip() if "\0" not in variable else ""
    if not key:
        raise UserError(
            f"the environment variable {shown} is not set: export it with your key, or set {option}=null for an "
            "endpoint without one"
        )
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"the environment variable {shown} holds characters that no key has")
    return key


def without_key(text: bytes, key: str) -> bytes:
    """Return a text without the key, which an endpoint may repeat in what it says."""
    secret = key.encode()
    hidden = secret if len(key) >= SHORTEST_SECRET or SHORT_SECRET.fullmatch(key) else b"Bearer " + secret
    return text.replace(hidden, b"[key]") if key else text


def check_address(address: str, option: str) -> None:
    """Check the address of an endpoint.

    Raises:
        UserError: if it is none; the address is not shown, as it may hold a password.
    """
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not address.isascii() or not address.isprintable() or " " in address:
        raise UserError(f"{option} must be an address such as https://api.openai.com/v1")
    if parts.username or parts.password or parts.query:
        raise UserError(f"{option} must hold no name, password or query: keys come from the environment")
