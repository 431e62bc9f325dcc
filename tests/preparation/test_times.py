"""Times mean what they say: units and patterns are recognised, and what could be two things is asked for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest

from rlmrec.common.errors import UserError
from rlmrec.preparation.moments import moment
from rlmrec.preparation.sources.columns import NULL_WORDS
from rlmrec.preparation.sources.times import recognise_times

SECOND = 10**6
JULY = 1531001351 * SECOND
"""Microseconds from 1970 to 2018-07-07 22:09:11 UTC."""
DAY = 1530921600 * SECOND
"""Likewise to the beginning of that day."""


def read(values: list[Any] | pl.Series, option: str = "auto") -> tuple[str, list[int | None]]:
    """Return the format and the times of a column, in microseconds."""
    table = pl.DataFrame({"when": values}, strict=False).lazy()
    found = recognise_times(table, "when", option, NULL_WORDS)
    times = table.select(found.microseconds("when", table.collect_schema())).collect().to_series()
    return found.name, times.to_list()


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("1531001351", "seconds", JULY),
        (1531001351, "seconds", JULY),
        (1531001351.0, "seconds", JULY),
        ("1531001351.0", "seconds", JULY),
        ("1531001351.25", "seconds", JULY + 250_000),
        ("1531001351.1", "seconds", JULY + 100_000),
        ("1.531001351e9", "seconds", JULY),
        (" 1531001351 ", "seconds", JULY),
        ("1531001351123", "milliseconds", JULY + 123_000),
        (1531001351123.0, "milliseconds", JULY + 123_000),
        ("1531001351123.5", "milliseconds", JULY + 123_500),
        ("1531001351123456", "microseconds", JULY + 123_456),
        ("1531001351123456789", "nanoseconds", JULY + 123_456),
        (1531001351123456789, "nanoseconds", JULY + 123_456),
        ("0", "seconds", 0),
        ("100", "seconds", 100 * SECOND),
        ("-86400", "seconds", -86400 * SECOND),
        ("-946684800000", "milliseconds", -946684800 * SECOND),
        ("20180707", "%Y%m%d", DAY),
        (20180707, "%Y%m%d", DAY),
        (20180707.0, "%Y%m%d", DAY),
        ("20180707.0", "%Y%m%d", DAY),
        ("20180707220911", "%Y%m%d%H%M%S", JULY),
        (20180707220911, "%Y%m%d%H%M%S", JULY),
        ("201807072209", "%Y%m%d%H%M", JULY - 11 * SECOND),
        ("2018-07-07", "%Y-%m-%d", DAY),
        ("2018/07/07", "%Y/%m/%d", DAY),
        ("2018/07/07 22:09:11", "%Y/%m/%d %H:%M:%S", JULY),
        ("2018-07-07 22:09:11", "%Y-%m-%d %H:%M:%S", JULY),
        ("2018-07-07 22:09", "%Y-%m-%d %H:%M", JULY - 11 * SECOND),
        ("2018-07-07 22:09:11.123456", "%Y-%m-%d %H:%M:%S%.f", JULY + 123_456),
        ("2018-07-07 22:09:11 UTC", "%Y-%m-%d %H:%M:%S%.f UTC", JULY),
        ("2018-07-07T22:09:11", "%Y-%m-%dT%H:%M:%S", JULY),
        ("2018-07-07T22:09:11.5Z", "%Y-%m-%dT%H:%M:%S%.fZ", JULY + 500_000),
        ("2018-07-08T00:09:11+02:00", "%Y-%m-%dT%H:%M:%S%.f%#z", JULY),
        ("2018-07-07 16:09:11.5-0600", "%Y-%m-%d %H:%M:%S%.f%#z", JULY + 500_000),
        ("Sat Jul 07 22:09:11 +0000 2018", "%a %b %d %H:%M:%S %z %Y", JULY),
        ("07 7, 2018", "%m %d, %Y", DAY),
        ("July 7, 2018", "%B %d, %Y", DAY),
    ],
)
def test_a_single_kind_is_recognised(value: object, name: str, expected: int) -> None:
    assert read([value, None, value]) == (name, [expected, None, expected])


def test_columns_of_times_in_their_own_type() -> None:
    moment = datetime(2018, 7, 7, 22, 9, 11, 123456)
    berlin = pl.Series([moment]).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
    for values in (pl.Series([moment]), berlin, pl.Series([JULY * 1000 + 123_456_789]).cast(pl.Datetime("ns"))):
        assert read(values) == ("typed", [JULY + 123_456])
    assert read(pl.Series([date(2018, 7, 7), None, date(1969, 12, 31)])) == ("typed", [DAY, None, -86400 * SECOND])
    assert read(pl.Series([datetime(9999, 12, 31), datetime(1601, 1, 1), moment]))[1] == [None, None, JULY + 123_456]


@pytest.mark.parametrize("value", [time(22, 9), timedelta(days=17719)])
def test_times_of_day_and_spans_are_no_times_since_1970(value: object) -> None:
    with pytest.raises(UserError, match=r"the column when holds no times .* but .*: set source\.columns\.timestamp"):
        read([value])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("01/02/2003", "holds '01/02/2003', which is no time in a known format: set source.timestamp_format to a"),
        ("31.12.2003", "which is no time in a known format"),
        ("01-02-03", "which is no time in a known format"),
        ("soon", "which is no time in a known format"),
        ("2003", "looks like a year: set source.timestamp_format='%Y', or to seconds"),
        (2003, "looks like a year"),
        (637_456_608_000_000_000, "looks like ticks of .NET, counted from the year 1: write seconds, (when - 6213"),
        ("31536000000000", "which is no time in a known format"),  # a year after 1970 in microseconds
    ],
)
def test_what_could_be_several_things_is_asked_for(value: object, says: str) -> None:
    with pytest.raises(UserError) as caught:
        read([value])
    assert str(caught.value).startswith("the column when holds ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "option", "expected"),
    [
        ("01/02/2003", "%d/%m/%Y", datetime(2003, 2, 1)),
        ("01/02/2003", "%m/%d/%Y", datetime(2003, 1, 2)),
        ("2003", "%Y", datetime(2003, 1, 1)),
        ("2003", "seconds", datetime(1970, 1, 1, 0, 33, 23)),
        ("31536000000000", "microseconds", datetime(1971, 1, 1)),
        ("5", "milliseconds", datetime(1970, 1, 1, 0, 0, 0, 5000)),
        ("2018-07-07T10:00:00+02:00", "%Y-%m-%dT%H:%M:%S%z", datetime(2018, 7, 7, 8)),
    ],
)
def test_options_decide(value: str, option: str, expected: datetime) -> None:
    name, times = read([value], option)
    moment = expected.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (name, times) == (option, [moment // timedelta(microseconds=1)])


@pytest.mark.parametrize(
    ("value", "option", "other"),
    [
        ("1531001351", "milliseconds", "seconds"),
        ("1531001351", "nanoseconds", "seconds"),
        ("1531001351123", "seconds", "milliseconds"),
        ("1531001351123", "microseconds", "milliseconds"),
        ("1531001351123456", "milliseconds", "microseconds"),
        ("1531001351123456789", "microseconds", "nanoseconds"),
        ("20180707", "seconds", "%Y%m%d"),
        ("2018-07-07", "seconds", "%Y-%m-%d"),
    ],
)
def test_an_option_that_contradicts_the_times_is_refused(value: str, option: str, other: str) -> None:
    with pytest.raises(UserError) as caught:
        read([value] * 3, option)
    looks = f"the column when holds '{value}', which looks like {other}, not {option}"
    assert str(caught.value) == f"{looks}: set source.timestamp_format='{other}'"


def test_an_option_that_does_not_exist() -> None:
    with pytest.raises(UserError, match=r"source\.timestamp_format=minutes: valid are auto, seconds, milliseconds,"):
        read(["1"], "minutes")


@pytest.mark.parametrize("unit", ["seconds", "milliseconds", "microseconds", "nanoseconds"])
def test_times_in_another_unit_than_most_are_none(unit: str) -> None:
    """A column in which some times have three digits more or less is not read as if they were of 1970 or 50000."""
    whole = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
    values = [1531001351 * whole[unit]] * 9 + [1531001351 * scale for name, scale in whole.items() if name != unit]
    for option in ("auto", unit):
        assert read([str(value) for value in values], option) == (unit, [JULY] * 9 + [None] * 3)


def test_dates_in_another_pattern_than_most_are_none() -> None:
    assert read(["2018-07-07", "2018-07-07", "2018-07-07 22:09:11", "1531001351"]) == (
        "%Y-%m-%d",
        [DAY, DAY, None, None],
    )


@pytest.mark.parametrize("value", ["1" * 19, "99999999999999", "-99999999999999", "1e300", "inf", "9" * 40])
def test_what_is_out_of_range_is_none(value: str) -> None:
    assert read(["1531001351"] * 3 + [value]) == ("seconds", [JULY] * 3 + [None])


def test_words_for_no_time_do_not_tell_the_format() -> None:
    assert read(["NULL"] * 9 + ["2018-07-07", "\\N", ""]) == ("%Y-%m-%d", [None] * 9 + [DAY, None, None])
    assert read([None, "NaN", ""]) == ("seconds", [None] * 3)
    assert read(pl.Series([float("nan")] * 3 + [1531001351.0])) == ("seconds", [None] * 3 + [JULY])


def test_pythons_fractions_of_a_second_are_read_as_python_does() -> None:
    values, pattern = ["2020-01-01 10:00:00.9", "2020-01-01 10:00:00.123456"], "%Y-%m-%d %H:%M:%S.%f"
    second = int(datetime(2020, 1, 1, 10, tzinfo=UTC).timestamp()) * SECOND
    assert read(values, pattern)[1] == [second + 900_000, second + 123_456]
    with pytest.raises(UserError, match="%f must follow a dot"):
        read(values, "%Y-%m-%d %H:%M:%S,%f")


@pytest.mark.parametrize("zone", ["", "Z", "+02:00"])
def test_the_pattern_that_reads_most_times_is_taken(zone: str) -> None:
    """Python and Java leave out a fraction of zero."""
    name, times = read([f"2020-01-01T00:00:00{zone}"] * 2 + [f"2020-01-01T00:00:00.5{zone}"])
    assert name.startswith("%Y-%m-%dT%H:%M:%S%.f") and None not in times
    assert times[2] - times[0] == SECOND // 2  # type: ignore[operator]


def test_names_of_time_zones_are_refused() -> None:
    with pytest.raises(UserError, match=r"names of time zones are not read; if all times are in UTC, write UTC"):
        read(["2020-01-01 10:00:00 EST"], "%Y-%m-%d %H:%M:%S %Z")
    _, times = read(["2020-01-01 10:00:00 UTC"], "%Y-%m-%d %H:%M:%S UTC")
    assert times == [1577872800 * 10**6]


def test_moments_in_words() -> None:
    assert moment(1_580_472_000_000_000) == "2020-01-31 12:00:00"
    assert moment(10**18 * 60) == "60,000,000,000,000 seconds since 1970"
