"""Thresholds above which a number of users or items is worth a warning."""

FEWEST = 5
SHARE = 0.05


def many(number: int, total: int) -> bool:
    """Return whether the users or items with a flaw are numerous enough to affect results."""
    return number > 0 and (number == total or number >= max(FEWEST, SHARE * total))


def share(number: int, total: int) -> str:
    """Return a number with its share of the total, such as ``12 of 60 (20.0 %)``."""
    return f"{number:,} of {total:,} ({number / max(total, 1):.1%})".replace("%", " %")
