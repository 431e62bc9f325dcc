"""Formatting of moments."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> str:
    """Return a moment in UTC, such as ``2020-01-31 12:00:00``; beyond the calendar's range, seconds since 1970.

    Args:
        microseconds: microseconds since 1970.
    """
    try:
        return (EPOCH + timedelta(microseconds=microseconds)).isoformat(sep=" ").removesuffix("+00:00")
    except OverflowError:
        return f"{microseconds // 1_000_000:,} seconds since 1970"
