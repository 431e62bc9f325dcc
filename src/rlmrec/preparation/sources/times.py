"""Times in raw files: recognition of their unit or pattern, and conversion to microseconds since 1970."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from rlmrec.common.errors import UserError
from rlmrec.preparation.sources.texts import text_of

MICROSECONDS = 1_000_000
"""Microseconds in a second."""
EARLIEST, LATEST = -2_208_988_800, 4_102_444_800
"""The years 1900 and 2100 in seconds since 1970; a time outside is in another unit."""
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
"""Number of each unit per second."""
USUAL = 315_532_800
"""The year 1980 in seconds since 1970; a number that is a later time in a coarser unit is in that unit."""
TICKS, TICKS_BEFORE_1970 = 10**7, 621_355_968_000_000_000
"""Ticks of .NET per second, which are counted from the year 1; read as nanoseconds, today's are in 1990."""
TYPED = "typed"
YEARS = (1900, 2100)
SAMPLE = 10_000
"""Number of values unread by a pattern on which other patterns are tried."""
HALF, MOST = 0.5, 0.9
"""Shares of values that determine the format of a column; values in another format count as mistakes."""
PATTERNS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"),
    *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"),
    *("%Y-%m-%d %H:%M:%S%.f UTC", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"),
    *("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M"),
    *("%a %b %d %H:%M:%S %z %Y", "%m %d, %Y", "%B %d, %Y", "%b %d, %Y"),
)
"""Patterns tried on text, in this order; patterns with an ambiguous order of day and month are not guessed."""


class TimeFormat(NamedTuple):
    """A format of times and its conversion.

    Args:
        name: unit in ``UNITS``, pattern of strptime, or ``typed`` for a column of dates or times.
    """

    name: str

    @property
    def description(self) -> str:
        """Return a description of valid times, for messages."""
        return "between 1900 and 2100" if self.name == TYPED else f"in {self.name}"

    def microseconds(self, column: str, schema: pl.Schema) -> pl.Expr:
        """Return the times of a column; null where a value is not a time or out of range."""
        if self.name in UNITS:
            return self._counted(text_of(column, schema))
        if self.name == TYPED:
            moments = pl.col(column).cast(pl.Datetime("us"))
        else:
            digits = text_of(column, schema).str.replace(r"^(\d+)\.0+$", "${1}")
            moments = digits.str.to_datetime(self.name, time_unit="us", strict=False, exact=True)
        times = moments.dt.epoch("us")
        return pl.when(times.is_between(EARLIEST * MICROSECONDS, LATEST * MICROSECONDS)).then(times)

    def _counted(self, text: pl.Expr) -> pl.Expr:
        """Return times that are written as numbers of a unit."""
        scale = UNITS[self.name]
        whole, number = (text.cast(kind, strict=False) for kind in (pl.Int64, pl.Float64))
        exact = whole * (MICROSECONDS // scale) if scale <= MICROSECONDS else whole // (scale // MICROSECONDS)
        times = pl.coalesce(exact, (number * (MICROSECONDS / scale)).round().cast(pl.Int64, strict=False))
        fits = number.is_between(EARLIEST * scale, LATEST * scale)
        for coarser in (other for other in UNITS.values() if other < scale):
            fits &= ~number.is_between(USUAL * coarser, LATEST * coarser)
        return pl.when(fits).then(times)


def recognise_times(values: pl.LazyFrame, column: str, option: str, null_words: Sequence[str]) -> TimeFormat:
    """Return the format of the times in a column.

    Args:
        values: the table.
        column: column of times.
        option: ``auto``, a unit, or a pattern.
        null_words: words that represent a missing time.

    Raises:
        UserError: if the times are in another unit than the option, or in no known format.
    """
    schema = values.collect_schema()
    kind = schema[column]
    if kind in (pl.Date, pl.Datetime):
        return TimeFormat(TYPED)
    if kind.is_temporal():
        raise UserError(f"the column {column} holds no times since a date but {kind}: set source.columns.timestamp")
    if option != "auto" and option not in UNITS and "%" not in option:
        raise UserError(
            f"source.timestamp_format={option}: valid are auto, {', '.join(UNITS)}, or a pattern such as "
            "'%Y-%m-%d %H:%M:%S'"
        )
    if "%" in option:
        return TimeFormat(_of_polars(option))
    known = values.filter(~text_of(column, schema).is_in(list(null_words)))
    found = _facts(known, text_of(column, schema))
    if option == "auto":
        return TimeFormat(_unit_of(found, column) or _pattern_of(known, column, schema, found))
    if found["values"] and not _may_be(option, found):
        other = _unit_of(found, column) or _pattern_of(known, column, schema, found)
        raise UserError(
            f"the column {column} holds {found['example']!r}, which looks like {other}, not {option}: set "
            f"source.timestamp_format='{other}'"
        )
    return TimeFormat(option)


def _of_polars(pattern: str) -> str:
    """Return a pattern in which ``.%f`` is a fraction of a second, as in Python; in polars, it is nanoseconds.

    Raises:
        UserError: if ``%f`` occurs elsewhere, or ``%Z``, which polars would ignore.
    """
    if "%Z" in pattern.replace("%%", ""):
        raise UserError(
            f"source.timestamp_format={pattern!r}: names of time zones are not read; if all times are in UTC, write "
            "UTC in place of %Z, or else give offsets such as +0100 and %z"
        )
    mended = pattern.replace(".%f", "%.f")
    if "%f" in mended.replace("%%", ""):
        raise UserError(f"source.timestamp_format={pattern!r}: %f must follow a dot, such as '%H:%M:%S.%f'")
    return mended


def _facts(known: pl.LazyFrame, text: pl.Expr) -> dict[str, Any]:
    """Return counts of known values, numbers, and numbers that look like days or years; and the median."""
    number = text.cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite()).then(number)
    eight_digits = pl.when(number.is_between(10_000_000, 99_999_999)).then(text)  # cheap test first: few are days
    days = eight_digits.str.replace(r"\.0+$", "").str.to_date("%Y%m%d", strict=False, exact=True).dt.year()
    facts = known.select(
        pl.len().alias("values"),
        number.is_not_null().sum().alias("numbers"),
        number.abs().median().alias("median"),
        days.is_between(*YEARS).sum().alias("days"),
        number.is_between(*YEARS).sum().alias("years"),
        text.first().alias("example"),
    )
    return facts.collect(engine="streaming").row(0, named=True)


def _unit_of(found: dict[str, Any], column: str) -> str | None:
    """Return the coarsest unit in which the median is before 2100; None if the values are in no unit.

    Raises:
        UserError: if they look like years, which are also seconds of a day in 1970, or like ticks of .NET.
    """
    if found["days"] > MOST * found["values"] or found["numbers"] < HALF * found["values"]:
        return None
    if found["years"] > MOST * found["values"]:
        raise UserError(
            f"the column {column} holds {found['example']!r}, which looks like a year: set "
            "source.timestamp_format='%Y', or to seconds if it is the number of seconds since 1970"
        )
    if found["median"] is None:
        return "seconds"
    if USUAL <= (found["median"] - TICKS_BEFORE_1970) / TICKS <= LATEST:
        raise UserError(
            f"the column {column} holds {found['example']!r}, which looks like ticks of .NET, counted from the year 1: "
            f"write seconds, ({column} - {TICKS_BEFORE_1970}) / {TICKS}, or set source.timestamp_format=nanoseconds"
        )
    unit = next((unit for unit, scale in UNITS.items() if found["median"] <= LATEST * scale), "nanoseconds")
    return unit if unit == "seconds" or found["median"] >= USUAL * UNITS[unit] else None


def _may_be(option: str, found: dict[str, Any]) -> bool:
    """Return whether times may be in a unit: within its bounds, and implausible in a coarser one."""
    if found["days"] > MOST * found["values"] or found["median"] is None:
        return False
    scale, median = UNITS[option], found["median"]
    coarser = [other for other in UNITS.values() if other < scale]
    return median <= LATEST * scale and not any(USUAL * other <= median <= LATEST * other for other in coarser)


def _pattern_of(known: pl.LazyFrame, column: str, schema: pl.Schema, found: dict[str, Any]) -> str:
    """Return the pattern that reads all times, or else one that reads at least half and as many as possible."""
    for pattern in PATTERNS:
        read = _read_by(pattern, known, column, schema)
        if read and read >= HALF * found["values"]:
            return _better(pattern, read, known, column, schema) if read < found["values"] else pattern
    raise UserError(
        f"the column {column} holds {found['example']!r}, which is no time in a known format: set "
        "source.timestamp_format to a pattern such as '%d.%m.%Y', or source.columns.timestamp=null"
    )


def _better(pattern: str, read: int, known: pl.LazyFrame, column: str, schema: pl.Schema) -> str:
    """Return the pattern that reads the most times, of an incomplete one and those that read some of its rest."""
    unread = TimeFormat(pattern).microseconds(column, schema).is_null()
    rest = known.filter(unread).head(SAMPLE).collect().lazy()
    for other in PATTERNS:
        if _read_by(other, rest, column, schema):
            count = _read_by(other, known, column, schema)
            pattern, read = (other, count) if count > read else (pattern, read)
    return pattern


def _read_by(pattern: str, known: pl.LazyFrame, column: str, schema: pl.Schema) -> int:
    read = TimeFormat(pattern).microseconds(column, schema).is_not_null().sum()
    return int(known.select(read).collect(engine="streaming").item())
