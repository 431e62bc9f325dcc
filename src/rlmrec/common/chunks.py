"""Division of many rows into chunks, of which one at a time is held."""


def chunks(count: int, size: int) -> list[slice]:
    """Return slices that divide ``count`` rows into chunks of ``size``, of which the last may be smaller.

    Examples:
        >>> [texts[rows] for rows in chunks(len(texts), 100)]
    """
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
