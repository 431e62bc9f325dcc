"""Division of many rows into chunks, to hold one chunk at a time."""


def chunks(count: int, size: int) -> list[slice]:
    """Return slices that divide ``count`` rows into chunks of ``size``; the last one may be smaller.

    Examples:
        >>> [texts[rows] for rows in chunks(len(texts), 100)]
    """
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
