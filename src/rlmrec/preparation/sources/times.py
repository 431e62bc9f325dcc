"""Times in raw files: which unit or pattern they are in, and their value in microseconds since 1970."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from rlmrec.common.errors import UserError

MICROSECONDS = 1_000_000
"""Of a second."""
EARLIEST, LATEST = -2_208_988_800, 4_102_444_800
"""Seconds since 1970 of the years 1900 and 2100: a time outside is in another unit."""
UNITS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
"""How many of a unit are in a second."""
LOWEST_OTHER_UNIT = 315_532_800
"""Seconds since 1970 of the year 1980: fewer of a finer unit than seconds would be a date before it."""
PATTERNS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"),
    *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y%m%d"),
    *("%a %b %d %H:%M:%S %z %Y", "%m %d, %Y", "%B %d, %Y", "%b %d, %Y"),
)
"""Tried in this order on text. Days and months that could be either way round are asked for."""


class TimeFormat(NamedTuple):
    """How times are read.

    Args:
        name: a unit of ``UNITS``, a pattern of strptime, or ``typed`` for a column of dates or times.
    """

    name: str

    def microseconds(self, column: str) -> pl.Expr:
        """Return the times of a column; null where a value is none or is out of range."""
        if self.name == "typed":
            return pl.col(column).cast(pl.Datetime("us")).dt.epoch("us")
        text = pl.col(column).cast(pl.String).str.strip_chars()
        if self.name in UNITS:
            whole, number = (text.cast(kind, strict=False) for kind in (pl.Int64, pl.Float64))
            finer = MICROSECONDS / UNITS[self.name]
            exact = whole * round(finer) if finer >= 1 else whole // round(1 / finer)
            times = pl.coalesce(exact, (number * finer).floor().cast(pl.Int64, strict=False))
        else:
            aware = "%z" in self.name
            times = text.str.to_datetime(self.name, time_unit="us", strict=False, exact=True)
            times = (times.dt.convert_time_zone("UTC") if aware else times).dt.epoch("us")
        return pl.when(times.is_between(EARLIEST * MICROSECONDS, LATEST * MICROSECONDS)).then(times)


def recognise_times(values: pl.LazyFrame, column: str, kind: pl.DataType, option: str) -> TimeFormat:
    """Return the format of the times in a column.

    Args:
        values: the table.
        column: of times.
        kind: its type.
        option: ``auto``, a unit, or a pattern.

    Raises:
        UserError: if times are in another unit than the option says, or in none that is known.
    """
    if kind.is_temporal():
        return TimeFormat("typed")
    if option != "auto" and option not in UNITS and "%" not in option:
        raise UserError(
            f"source.timestamp_format={option}: valid are auto, {', '.join(UNITS)}, or a pattern such as "
            "'%Y-%m-%d %H:%M:%S'"
        )
    if "%" in option:
        return TimeFormat(option)
    text = pl.col(column).cast(pl.String).str.strip_chars()
    number = text.cast(pl.Float64, strict=False)
    days = text.str.to_date("%Y%m%d", strict=False, exact=True)
    facts = values.select(
        (text.is_not_null() & (text != "")).sum().alias("values"),
        number.is_finite().sum().alias("numbers"),
        number.filter(number.is_finite() & (number > 0)).median().alias("median"),
        days.is_between(pl.date(1900, 1, 1), pl.date(2100, 1, 1)).sum().alias("days"),
        text.filter(text != "").first().alias("example"),
    ).collect(engine="streaming")
    found = facts.row(0, named=True)
    if found["days"] and found["days"] >= 0.9 * found["values"]:
        if option == "auto":
            return TimeFormat("%Y%m%d")
        raise UserError(_other_unit(column, found["example"], option, "days written yyyymmdd", "'%Y%m%d'"))
    if found["numbers"] >= 0.5 * found["values"]:
        unit = _unit_of(found["median"])
        if option == "auto":
            return TimeFormat(unit)
        if unit != option and found["median"] is not None and found["median"] / UNITS[unit] > LOWEST_OTHER_UNIT:
            raise UserError(_other_unit(column, found["example"], option, unit, unit))
        return TimeFormat(option)
    if option != "auto":
        return TimeFormat(option)
    return TimeFormat(_pattern_of(values, column, found["values"], found["example"]))


def _unit_of(median: float | None) -> str:
    """Return the coarsest unit in which a time is before the year 2100."""
    return next((unit for unit, scale in UNITS.items() if median is None or median / scale <= LATEST), "nanoseconds")


def _pattern_of(values: pl.LazyFrame, column: str, count: int, example: str | None) -> str:
    for pattern, read in _tried(values, column):
        if count and read >= 0.5 * count:
            return pattern
    raise UserError(
        f"the column {column} holds {example!r}, which is no time in a known format: set source.timestamp_format to a "
        "pattern such as '%d.%m.%Y', or source.columns.timestamp=null"
    )


def _tried(values: pl.LazyFrame, column: str) -> Iterator[tuple[str, int]]:
    for pattern in PATTERNS:
        read = TimeFormat(pattern).microseconds(column).is_not_null().sum()
        yield pattern, values.select(read).collect(engine="streaming").item()


def _other_unit(column: str, example: str | None, option: str, looks_like: str, mend: str) -> str:
    return (
        f"the column {column} holds {example!r}, which looks like {looks_like}, not {option}: set "
        f"source.timestamp_format={mend}"
    )
