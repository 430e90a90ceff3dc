"""Date and time resolvers: the edges their examples do not show (leap years, clock changes, ends of months, ranges)."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crosswalk import MISSING, ArgumentError, DataError
from crosswalk_resolvers import date_calc, date_parts, dates, zones

sys.path.append(str(Path(__file__).parent))
from resolver_examples import call, outcome, same

RESOLVERS = {r.name: r for module in (dates, zones, date_calc, date_parts) for r in module.RESOLVERS}
PARIS = ZoneInfo("Europe/Paris")
SYDNEY = ZoneInfo("Australia/Sydney")


def run(name: str, value: Any, args: Any = None) -> Any:
    return call(RESOLVERS[name], value, args)


def code(name: str, value: Any, args: Any = None) -> str | None:
    found: str | None = outcome(RESOLVERS[name], value, args)[1]
    return found


# -- reading dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("29/02/2024", "%d/%m/%Y", dt.date(2024, 2, 29)),
        ("1/2/2024", "%d/%m/%Y", dt.date(2024, 2, 1)),
        ("20240115", "%Y%m%d", dt.date(2024, 1, 15)),
        ("31-DEC-68", "%d-%b-%y", dt.date(2068, 12, 31)),
        ("31-dec-69", "%d-%b-%y", dt.date(1969, 12, 31)),
        ("Friday, May 31 2024", "%A, %B %d %Y", dt.date(2024, 5, 31)),
        ("2024.366", "%Y.%j", dt.date(2024, 12, 31)),
        ("100% 2024-01-02", "100%% %Y-%m-%d", dt.date(2024, 1, 2)),
        ("2024-01-02 23:59", "%Y-%m-%d %H:%M", dt.date(2024, 1, 2)),
    ],
)
def test_date_pattern(text: str, pattern: str, expected: dt.date) -> None:
    assert run("date", text, pattern) == expected


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("29/02/2023", "%d/%m/%Y"),
        ("31/02/2024", "%d/%m/%Y"),
        ("01/01/24", "%d/%m/%Y"),
        (" 01/01/2024", "%d/%m/%Y"),
        ("01/01/2024\n", "%d/%m/%Y"),
        ("٠١/٠١/2024", "%d/%m/%Y"),
        ("2024115", "%Y%m%d"),
        ("0/1/2024", "%d/%m/%Y"),
        ("Monday 2024-05-31", "%A %Y-%m-%d"),
        ("2023.366", "%Y.%j"),
        ("2023.0", "%Y.%j"),
        ("1 \u017fep 2024", "%d %b %Y"),
        ("1 janv 2024", "%d %b %Y"),
    ],
)
def test_date_that_does_not_fit_is_an_error(text: str, pattern: str) -> None:
    assert code("date", text, pattern) == "M310"


@pytest.mark.parametrize("text", ["2024-5-31", "20240531", "2024-W22-5", "2024-02-30", "0000-01-01", "2024-05-31 ", ""])
def test_iso_date_is_strict(text: str) -> None:
    assert code("date", text) == "M310"


@pytest.mark.parametrize(
    "pattern",
    [
        "%Q",
        "%d/%m/",
        "%Y-%m",
        "%Y-%m-%d %d",
        "%Y %y-%m-%d",
        "%Y-%m-%d %I",
        "%Y-%m-%d %H %p",
        "%Y-%m-%d %",
        "",
        "%c",
        [],
    ],
)
def test_bad_pattern_is_an_argument_error(pattern: Any) -> None:
    assert code("date", "2024-05-31", {"format": pattern}) == "M106"


def test_unknown_directive_names_those_known() -> None:
    with pytest.raises(ArgumentError) as caught:
        run("format_date", dt.date(2024, 1, 1), "%d %Q")
    assert "%Q" in caught.value.message
    assert "%B" in caught.value.fix


def test_a_failed_date_names_the_formats_and_not_the_value() -> None:
    with pytest.raises(DataError) as caught:
        run("date", "tomorrow", ["%d/%m/%Y", "%Y-%m-%d"])
    assert caught.value.message == 'not a date in the form "%d/%m/%Y" or "%Y-%m-%d"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31T09:30:00.1Z", dt.datetime(2024, 5, 31, 9, 30, 0, 100_000, dt.UTC)),
        ("2024-05-31T09:30:00.123456000", dt.datetime(2024, 5, 31, 9, 30, 0, 123_456)),
        ("2024-05-31 09:30:00+0530", dt.datetime(2024, 5, 31, 4, 0, tzinfo=dt.UTC)),
        ("2024-05-31T09:30-11", dt.datetime(2024, 5, 31, 20, 30, tzinfo=dt.UTC)),
    ],
)
def test_iso_datetime(text: str, expected: dt.datetime) -> None:
    assert run("datetime", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-31", "2024-05-31T09", "2024-05-31T24:00:00", "2024-05-31T09:30:60",
        "2024-05-31t09:30:00", "2024-02-30T00:00",
        "2024-05-31T09:30:00 Z", "2024-05-31T09:30:00.Z", "2024-05-31T09:30:00.1234567890Z",
        "2024-05-31T09:30:00+25:00",
    ],
)  # fmt: skip
def test_iso_datetime_is_strict(text: str) -> None:
    assert code("datetime", text) == "M310"


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("12:05 AM 2024-01-02", "%I:%M %p %Y-%m-%d", dt.datetime(2024, 1, 2, 0, 5)),
        ("12:05 pm 2024-01-02", "%I:%M %p %Y-%m-%d", dt.datetime(2024, 1, 2, 12, 5)),
        ("20240102030405007", "%Y%m%d%H%M%S%f", dt.datetime(2024, 1, 2, 3, 4, 5, 7000)),
        ("2024-01-02", "%Y-%m-%d", dt.datetime(2024, 1, 2)),
        ("2024-01-02 03:04 -0130", "%Y-%m-%d %H:%M %z", dt.datetime(2024, 1, 2, 4, 34, tzinfo=dt.UTC)),
    ],
)
def test_datetime_pattern(text: str, pattern: str, expected: dt.datetime) -> None:
    assert run("datetime", text, pattern) == expected


def test_the_zone_is_for_values_without_an_offset() -> None:
    args = {"zone": "Australia/Sydney"}
    assert run("datetime", "2024-01-01T00:00:00Z", args).utcoffset() == dt.timedelta(0)
    assert run("datetime", "2024-01-01T00:00:00", args).isoformat() == "2024-01-01T00:00:00+11:00"
    assert run("datetime", dt.datetime(2024, 7, 1), args).isoformat() == "2024-07-01T00:00:00+10:00"
    assert run("datetime", "2024-01-01T00:00:00").tzinfo is None


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Europe", "../etc/passwd", "localtime", "", "AEST+", "/etc/localtime"])
def test_unknown_zone_is_an_argument_error(zone: str) -> None:
    assert code("to_zone", dt.datetime(2024, 1, 1, tzinfo=dt.UTC), zone) == "M106"
    assert code("datetime", "2024-01-01T00:00:00", {"zone": zone}) == "M106"


def test_format_date_round_trips_every_directive() -> None:
    pattern = "%A %a %d %B %Y %I:%M:%S.%f %p %z"
    moment = dt.datetime(987, 3, 4, 0, 5, 6, 70, dt.timezone(-dt.timedelta(hours=9, minutes=30)))
    text = run("format_date", moment, pattern)
    assert text == "Sunday Sun 04 March 0987 12:05:06.000070 AM -0930"
    assert run("datetime", text, pattern.replace("%a ", "Sun ")) == moment
    assert run("format_date", dt.date(2024, 2, 29), "%j %y %b %m 100%%") == "060 24 Feb 02 100%"
    assert code("format_date", dt.datetime(2024, 1, 1), "%z") == "M313"


# -- epochs and the run's clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "s", "1970-01-01T00:00:00+00:00"),
        (1.25, "s", "1970-01-01T00:00:01.250000+00:00"),
        (0.1, "s", "1970-01-01T00:00:00.100000+00:00"),
        (Decimal("-0.000001"), "s", "1969-12-31T23:59:59.999999+00:00"),
        (253402300799999999, "us", "9999-12-31T23:59:59.999999+00:00"),
        (1_000_000_000_000_001_000, "ns", "2001-09-09T01:46:40.000001+00:00"),
    ],
)
def test_from_epoch(value: Any, unit: str, expected: str) -> None:
    found = run("from_epoch", value, unit)
    assert found.isoformat() == expected
    assert run("to_epoch", found, "us") == int(Decimal(str(value)).scaleb({"s": 6, "us": 0, "ns": -3}[unit]))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (253402300800, "s", "M311"),
        (10**400, "s", "M311"),
        (Decimal("1E+999999"), "ns", "M311"),
        (Decimal("1E-999999"), "ns", "M314"),
        (Decimal("0.0000001"), "s", "M314"),
        (Decimal("1." + "0" * 90 + "1"), "s", "M314"),
        (float("nan"), "s", "M310"),
        (float("inf"), "s", "M310"),
        (True, "s", "M313"),
        ("1", "s", "M313"),
        (1, "minutes", "M106"),
    ],
)
def test_from_epoch_errors(value: Any, unit: str, expected: str) -> None:
    assert code("from_epoch", value, unit) == expected


def test_now_and_today_are_the_start_of_the_run() -> None:
    assert run("now", None) == dt.datetime(2024, 5, 31, 23, 30, tzinfo=dt.UTC)
    assert run("today", None) == dt.date(2024, 5, 31)


# -- zones ------------------------------------------------------------------------------------------------------------


def test_gap_and_overlap() -> None:
    gap, twice = dt.datetime(2024, 3, 31, 2, 30), dt.datetime(2024, 10, 27, 2, 30)

    def iso(value: dt.datetime, **args: str) -> str:
        return str(run("assume_zone", value, {"zone": "Europe/Paris", **args}).isoformat())

    assert iso(gap, gap="forward") == "2024-03-31T03:30:00+02:00"
    assert iso(gap, gap="backward") == "2024-03-31T01:30:00+01:00"
    assert iso(twice, ambiguous="earlier") == "2024-10-27T02:30:00+02:00"
    assert iso(twice, ambiguous="later") == "2024-10-27T02:30:00+01:00"
    assert code("assume_zone", gap, {"zone": "Europe/Paris", "ambiguous": "later"}) == "M319"
    assert code("assume_zone", twice, {"zone": "Europe/Paris", "gap": "forward"}) == "M319"
    assert iso(dt.datetime(2024, 3, 31, 3, 0)) == "2024-03-31T03:00:00+02:00"
    assert iso(dt.datetime(2024, 10, 27, 3, 0)) == "2024-10-27T03:00:00+01:00"


def test_a_zone_may_come_from_a_variable() -> None:
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    to_zone = RESOLVERS["to_zone"].function
    assert to_zone(moment, zone="+10:00").isoformat() == "2024-01-01T10:00:00+10:00"
    for zone, expected in [("Nowhere", "M310"), (None, "M313"), (MISSING, "M313"), (5, "M313")]:
        with pytest.raises(DataError) as caught:
            to_zone(moment, zone=zone)
        assert caught.value.code == expected


def test_leaving_the_calendar_is_an_overflow() -> None:
    last = dt.datetime(9999, 12, 31, 23, 30, tzinfo=dt.UTC)
    first = dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert code("to_zone", last, "Australia/Sydney") == "M311"
    assert code("to_utc", first) == "M311"
    assert code("add_time", last, "PT1H") == "M311"
    assert code("add_months", dt.date(1, 1, 31), -1) == "M311"
    assert code("add_months", dt.date(1, 1, 31), 10**30) == "M311"


# -- calculating ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["P", "PT", "P1DT", "1D", "P1.5D", "P1H", "PT1.1234567S", "P1Y", "P1M", "P1D ", "P9999999999999D"]
)
def test_bad_duration_is_an_argument_error(text: str) -> None:
    assert code("add_time", dt.date(2024, 1, 1), text) == "M106"


def test_add_time_counts_elapsed_time_across_a_clock_change() -> None:
    before = dt.datetime(2024, 3, 31, 1, 30, tzinfo=PARIS)
    assert run("add_time", before, "PT1H").isoformat() == "2024-03-31T03:30:00+02:00"
    assert run("add_time", before, "P1D").isoformat() == "2024-04-01T02:30:00+02:00"
    assert run("add_time", dt.datetime(2024, 3, 31, 1, 30), "PT0.5S") == dt.datetime(2024, 3, 31, 1, 30, 0, 500_000)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (dt.date(2023, 1, 31), 1, dt.date(2023, 2, 28)),
        (dt.date(2024, 12, 31), 2, dt.date(2025, 2, 28)),
        (dt.date(2024, 1, 15), -1, dt.date(2023, 12, 15)),
        (dt.date(2024, 2, 29), 48, dt.date(2028, 2, 29)),
        (dt.date(2024, 5, 31), 0, dt.date(2024, 5, 31)),
    ],
)
def test_add_months_clamps_to_the_end_of_the_month(start: dt.date, n: int, expected: dt.date) -> None:
    assert run("add_months", start, n) == expected


def test_add_months_into_a_gap_moves_forward() -> None:
    found = run("add_months", dt.datetime(2024, 2, 29, 2, 30, tzinfo=PARIS), 1)
    assert found.isoformat() == "2024-03-29T02:30:00+01:00"
    assert (
        run("add_months", dt.datetime(2023, 12, 31, 2, 30, tzinfo=PARIS), 3).isoformat() == "2024-03-31T03:30:00+02:00"
    )
    with pytest.raises(DataError) as caught:
        RESOLVERS["add_months"].function(dt.date(2024, 1, 1), n="3")
    assert caught.value.code == "M313"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("year", "2024-01-01T00:00:00"),
        ("quarter", "2024-10-01T00:00:00"),
        ("month", "2024-12-01T00:00:00"),
        ("week", "2024-12-30T00:00:00"),
        ("day", "2024-12-31T00:00:00"),
        ("hour", "2024-12-31T23:00:00"),
        ("minute", "2024-12-31T23:59:00"),
        ("second", "2024-12-31T23:59:58"),
    ],
)
def test_truncate_and_start(unit: str, expected: str) -> None:
    moment = dt.datetime(2024, 12, 31, 23, 59, 58, 7)
    assert run("truncate_date", moment, unit).isoformat() == expected
    if unit not in ("hour", "minute", "second"):
        start = dt.date.fromisoformat(expected[:10])
        assert same(run("start_of", moment, unit), start)
        assert same(run("truncate_date", moment.date(), unit), start)


def test_truncate_to_a_midnight_that_the_clock_skips() -> None:
    noon = dt.datetime(2018, 11, 4, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
    assert run("truncate_date", noon, "day").isoformat() == "2018-11-04T01:00:00-02:00"
    late = dt.datetime(2024, 10, 27, 2, 45, tzinfo=PARIS, fold=1)
    assert run("truncate_date", late, "hour").isoformat() == "2024-10-27T02:00:00+01:00"


def test_date_parts() -> None:
    moment = dt.datetime(2027, 1, 3, 4, 5, 6, 7)
    units = [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "weekday",
        "day_of_year",
        "hour",
        "minute",
        "second",
        "microsecond",
    ]
    assert [run("date_part", moment, unit) for unit in units] == [2027, 1, 1, 53, 3, 7, 3, 4, 5, 6, 7]
    assert run("date_part", dt.date(2024, 12, 31), "day_of_year") == 366


@pytest.mark.parametrize(
    ("value", "other", "unit", "expected"),
    [
        (dt.date(2024, 3, 4), "2024-03-03", "week", 1),
        (dt.date(2024, 3, 3), "2024-02-26", "week", 0),
        (dt.date(2024, 4, 1), "2024-03-31", "quarter", 1),
        (dt.date(2023, 12, 31), "2024-01-01", "month", -1),
        (dt.date(2024, 1, 1), "2023-12-31T23:59:59Z", "day", 1),
        (dt.datetime(2024, 1, 1, 10, 59), "2024-01-01T09:00:00", "hour", 1),
        (dt.datetime(2024, 1, 1, 9, 0), "2024-01-01T10:59:00", "hour", -1),
        (dt.datetime(2024, 1, 1, 0, 0, 0, 900_000), "2024-01-01T00:00:00", "second", 0),
        (dt.datetime(2024, 1, 2, 8, tzinfo=SYDNEY), "2024-01-01T12:00:00Z", "day", 1),
        (dt.datetime(2024, 1, 2, 8, tzinfo=SYDNEY), "2024-01-01T14:00:00Z", "day", 0),
    ],
)
def test_date_diff(value: Any, other: str, unit: str, expected: int) -> None:
    assert run("date_diff", value, {"other": other, "unit": unit}) == expected


def test_date_diff_across_a_clock_change_and_between_unlike_values() -> None:
    diff = RESOLVERS["date_diff"].function
    evening, morning = dt.datetime(2024, 3, 30, 20, tzinfo=PARIS), dt.datetime(2024, 3, 31, 8, tzinfo=PARIS)
    assert diff(morning, other=evening, unit="hour") == 11
    assert diff(morning, other=evening, unit="day") == 1
    for other, expected in [(dt.datetime(2024, 1, 1), "M313"), (None, "M313"), ("soon", "M310"), (20240101, "M313")]:
        with pytest.raises(DataError) as caught:
            diff(morning, other=other)
        assert caught.value.code == expected
