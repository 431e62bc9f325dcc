"""The API key of an endpoint: read from the environment and never shown."""

import os
import re
from urllib.parse import urlsplit

from rlmrec.common.errors import UserError

SHORTEST_SECRET = 16
"""Keys with fewer characters may be placeholders such as "EMPTY", which can occur in any text."""
SHORT_SECRET = re.compile(r"(?=.*[0-9])(?=.*[a-zA-Z]).{8,}")
"""Shorter keys that are treated as secrets: they mix letters and digits, as ordinary words do not."""


def read_key(variable: str | None, option: str) -> str:
    """Return the key in an environment variable, or an empty string if no variable is configured.

    Args:
        variable: name of the variable; None for endpoints without a key.
        option: option that names the variable, such as ``llm.api_key_variable``.

    Raises:
        UserError: if the variable is not set, or has characters that cannot be sent.
    """
    if variable is None:
        return ""
    # A value that does not look like a variable name may be a key entered here by mistake, so it is not shown.
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
    """Return a text with the key masked, since an endpoint may repeat it in an answer."""
    secret = key.encode()
    hidden = secret if len(key) >= SHORTEST_SECRET or SHORT_SECRET.fullmatch(key) else b"Bearer " + secret
    return text.replace(hidden, b"[key]") if key else text


def check_address(address: str, option: str) -> None:
    """Check that the address of an endpoint is a valid HTTP URL without credentials.

    Raises:
        UserError: if it is not; the message omits the address, which may hold a password.
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
