"""Conversion of values from JSON, Python literals and typed tables to readable text."""

from collections.abc import Mapping

LIST_SEPARATORS = (", ", " | ")
"""Separators of list values: the second one is used if a value contains a comma or semicolon."""


def readable(value: object) -> str | None:
    """Return a value as text: lists as ``a, b``, objects as ``key: value, key: value``, whole numbers without ``.0``.

    Empty values are omitted, except in a list of numbers, which may be a vector: there, they become ``null``.

    Examples:
        >>> readable({"Brand": "A & B", "Pages": 320.0, "Series": None})
        'Brand: A & B, Pages: 320'
        >>> readable(["Guns, Germs, and Steel", "Collapse"])
        'Guns, Germs, and Steel | Collapse'
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Mapping):
        return readable([f"{key}: {text}" for key, part in value.items() if (text := readable(part))])
    if isinstance(value, list | tuple | set):
        gap = "null" if _is_number_list(value) else None
        texts = [text for part in value if (text := readable(part) or gap)]
        texts = sorted(texts) if isinstance(value, set) else texts  # the order of a set varies between processes
        return LIST_SEPARATORS[any(mark in text for text in texts for mark in ",;")].join(texts)
    return str(value)


def _is_number_list(values: list[object] | tuple[object, ...] | set[object]) -> bool:
    """Return whether a list has numbers and otherwise only empty values."""
    kinds = {type(value) for value in values if value not in (None, "")}
    return bool(kinds) and kinds <= {int, float}


def all_readable(values: list[object]) -> list[str | None]:
    """Return the values of a column as ``readable`` does, with fast paths for columns of one type."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return values  # type: ignore[return-value]
    return list(map(str, values)) if kinds == {int} else list(map(readable, values))


def whole_characters(value: object) -> object:
    """Return a value with the surrogate pairs in its strings joined, which Python 2 and JSON may write separately.

    Raises:
        ValueError: if a surrogate is unpaired, which cannot be encoded in a file.
    """
    if isinstance(value, str):
        try:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise ValueError("a text holds half a character, as if it had been cut off") from None
    if isinstance(value, Mapping):
        return {whole_characters(key): whole_characters(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(whole_characters, value))
    return {whole_characters(part) for part in value} if isinstance(value, set) else value
