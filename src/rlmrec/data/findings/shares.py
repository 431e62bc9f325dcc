"""Shares from which on something is worth a warning."""

FEWEST = 5
SHARE = 0.05


def many(number: int, total: int) -> bool:
    """Return whether so many of all users or items share a flaw that results may follow from it."""
    return number > 0 and (number == total or number >= max(FEWEST, SHARE * total))


def share(number: int, total: int) -> str:
    """Return a number with its share of all, such as ``12 of 60 (20.0 %)``."""
    return f"{number:,} of {total:,} ({number / max(total, 1):.1%})".replace("%", " %")
