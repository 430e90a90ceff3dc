"""Kernel traps of dates and times: impossible days, lenient patterns, fractions, zones, the years before 1970."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

sys.path.append(str(Path(__file__).parent))
from kernel_traps import Refused, Trap, cases, check, check_in_lists

UTC = dt.UTC
SYDNEY, PARIS = ZoneInfo("Australia/Sydney"), ZoneInfo("Europe/Paris")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
BAD = Refused("M310")


EAST, WEST = dt.timezone(dt.timedelta(hours=10)), dt.timezone(-dt.timedelta(hours=8))
DAY = dt.date(2024, 5, 31)
AT = dt.datetime(2024, 5, 31, 9, 30)


def read(name: str, step: Any, value: str, wanted: Any, clean: str = "2024-05-31", clean_wanted: Any = DAY) -> Trap:
    return Trap(name, ["x", step], value, wanted, clean, clean_wanted)


def dmy(name: str, value: str, wanted: Any, pattern: str = "%d/%m/%Y", clean: str = "31/05/2024") -> Trap:
    return read(name, {"date": {"format": pattern}}, value, wanted, clean)


def at(name: str, value: str, wanted: Any, step: Any = "datetime") -> Trap:
    return read(name, step, value, wanted, "2024-05-31T09:30:00", AT)


def on(name: str, step: Any, value: dt.date, wanted: Any, clean_wanted: Any, kind: Any = None) -> Trap:
    """A step on a date or time as such."""
    clean = DAY if type(value) is dt.date else AT
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        clean = dt.datetime(2024, 5, 31, 9, 30, tzinfo=value.tzinfo)
    if kind is None and isinstance(value, dt.datetime):
        zone = str(value.tzinfo).removeprefix("UTC") or "UTC" if value.tzinfo is not None else None
        kind = pa.timestamp("us", zone)
    return Trap(name, ["x", step], value, wanted, clean, clean_wanted, kind)


DATES = [
    dmy("31 February does not roll over", "31/02/2024", BAD),
    dmy("29 February of a common year", "29/02/2023", BAD),
    dmy("29 February of a leap year", "29/02/2024", dt.date(2024, 2, 29)),
    dmy("29 February 1900", "29/02/1900", BAD),
    dmy("day zero", "00/05/2024", BAD),
    dmy("month 13", "01/13/2024", BAD),
    dmy("a day of one digit", "1/5/2024", dt.date(2024, 5, 1)),
    dmy("a year of two digits for four", "31/05/24", BAD),
    dmy("more after the date", "31/05/2024 x", BAD),
    dmy("a space before the date", " 31/05/2024", BAD),
    dmy("a new line after the date", "31/05/2024\n", BAD),
    dmy("digits of another script", "٣١/05/2024", BAD),
    dmy("a sign in the day", "+1/05/2024", BAD),
    dmy("a year of two digits, this century", "31/05/68", dt.date(2068, 5, 31), "%d/%m/%y", "31/05/24"),
    dmy("a year of two digits, last century", "31/05/69", dt.date(1969, 5, 31), "%d/%m/%y", "31/05/24"),
    dmy("a year of four digits for two", "31/05/2024", BAD, "%d/%m/%y", "31/05/24"),
    dmy("the first year", "01/01/0001", dt.date(1, 1, 1)),
    dmy("the year zero", "01/01/0000", BAD),
    dmy("a month by its name", "1 MAY 2024", dt.date(2024, 5, 1), "%d %b %Y", "31 May 2024"),
    dmy("a month by its name in another language", "1 Mai 2024", BAD, "%d %b %Y", "31 May 2024"),
    dmy("a percent sign", "100%/05/2024", BAD),
    read("an iso date that is impossible", "date", "2024-02-31", BAD),
    read("an iso date without zeros", "date", "2024-5-1", BAD),
    read("an iso date without dashes", "date", "20240531", BAD),
    read("an iso date by week", "date", "2024-W22-5", BAD),
    read("an iso date with a time", "date", "2024-05-31T00:00:00", BAD),
    read("an iso date with a space", "date", "2024-05-31 ", BAD),
    read("an iso date of five digits", "date", "12024-05-31", BAD),
    read("an iso date before year one", "date", "-0001-05-31", BAD),
    read("the last date", "date", "9999-12-31", dt.date(9999, 12, 31)),
    read("the first date", "date", "0001-01-01", dt.date(1, 1, 1)),
    read("an iso date in full width digits", "date", "２０２４-05-31", BAD),
    read("nothing is no date", "date", "", BAD),
]

TIMES = [
    at("Z is UTC", "2024-05-31T09:30:00Z", dt.datetime(2024, 5, 31, 9, 30, tzinfo=UTC)),
    at(
        "an offset stays",
        "2024-05-31T09:30:00+10:00",
        dt.datetime(2024, 5, 31, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=10))),
    ),
    at(
        "an offset of minutes below zero",
        "2024-05-31T09:30:00-03:30",
        dt.datetime(2024, 5, 31, 9, 30, tzinfo=dt.timezone(-dt.timedelta(hours=3, minutes=30))),
    ),
    at("a fraction of two digits", "2024-05-31T09:30:00.25", dt.datetime(2024, 5, 31, 9, 30, 0, 250_000)),
    at("a fraction of six digits", "2024-05-31T09:30:00.000001", dt.datetime(2024, 5, 31, 9, 30, 0, 1)),
    at("a fraction of nine digits", "2024-05-31T09:30:00.123456789", Refused("M314")),
    at("second 60", "2024-05-31T09:30:60", BAD),
    at("hour 24", "2024-05-31T24:00:00", BAD),
    at("a date alone", "2024-05-31", BAD),
    at("a space for the T", "2024-05-31 09:30:00", AT),
    at("an impossible day", "2024-02-30T09:30:00", BAD),
    at("a space after it", "2024-05-31T09:30:00 ", BAD),
    at("a zone by its name", "2024-05-31T09:30:00 UTC", BAD),
    at("a time without seconds", "2024-05-31T09:31", dt.datetime(2024, 5, 31, 9, 31)),
    at("a time in the gap of a zone", "2024-03-31T02:30:00", Refused("M319"), {"datetime": {"zone": "Europe/Paris"}}),
    at("a time that is there twice", "2024-10-27T02:30:00", Refused("M319"), {"datetime": {"zone": "Europe/Paris"}}),
]
TIMES[-2:] = [
    Trap(trap.name, trap.field, trap.value, trap.wanted, trap.clean, AT.replace(tzinfo=PARIS)) for trap in TIMES[-2:]
]
FRACTION = {"datetime": {"format": "%Y-%m-%d %H:%M:%S.%f"}}
NOON = {"datetime": {"format": "%d/%m/%Y %I:%M %p"}}
TIMES += [
    read(
        "a pattern with a fraction",
        FRACTION,
        "2024-05-31 09:30:00.5",
        AT.replace(microsecond=500_000),
        "2024-05-31 09:30:00.000000",
        AT,
    ),
    read("twelve at night", NOON, "31/05/2024 12:05 am", dt.datetime(2024, 5, 31, 0, 5), "31/05/2024 09:30 AM", AT),
    read("thirteen in the afternoon", NOON, "31/05/2024 13:05 pm", BAD, "31/05/2024 09:30 AM", AT),
]

STEPS = [
    on("seconds are written whole", {"format_date": "%H:%M:%S"}, AT.replace(microsecond=5), "09:30:00", "09:30:00"),
    on(
        "a fraction is written where asked",
        {"format_date": "%S.%f"},
        AT.replace(microsecond=5),
        "00.000005",
        "00.000000",
    ),
    on("a year is written with four digits", {"format_date": "%Y"}, dt.date(7, 1, 2), "0007", "2024"),
    on("a date has no clock", {"format_date": "%H"}, dt.date(2024, 1, 1), Refused("M313"), Refused("M313")),
    on(
        "a month ends where it ends",
        {"add_months": 1},
        dt.date(2024, 1, 31),
        dt.date(2024, 2, 29),
        dt.date(2024, 6, 30),
    ),
    on("a date beyond the last", {"add_time": "P1D"}, dt.date(9999, 12, 31), Refused("M311"), dt.date(2024, 6, 1)),
    on("the week of the first days of a year", {"date_part": "week"}, dt.date(2021, 1, 1), 53, 22),
    on(
        "a week begins on Monday", {"start_of": "week"}, dt.date(2024, 6, 2), dt.date(2024, 5, 27), dt.date(2024, 5, 27)
    ),
    on("a weekday counts from Monday", "weekday", dt.date(2024, 6, 2), 7, 5),
    on("years by their boundaries", {"date_diff": {"other": "2023-12-31", "unit": "year"}}, dt.date(2024, 1, 1), 1, 1),
    on(
        "seconds before 1970", {"to_epoch": "s"}, dt.datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC), -1, 1_717_147_800
    ),
    on(
        "a quarter below 1970",
        {"truncate_date": "quarter"},
        dt.date(1969, 5, 31),
        dt.date(1969, 4, 1),
        dt.date(2024, 4, 1),
    ),
    on(
        "a zone with an hour twice",
        {"to_zone": "Europe/Paris"},
        dt.datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1),
        dt.datetime(2024, 5, 31, 11, 30, tzinfo=PARIS),
    ),
    on(
        "a zone with half hours",
        {"to_zone": "Australia/Sydney"},
        dt.datetime(2024, 5, 31, 0, 0, tzinfo=UTC),
        dt.datetime(2024, 5, 31, 10, 0, tzinfo=SYDNEY),
        dt.datetime(2024, 5, 31, 19, 30, tzinfo=SYDNEY),
    ),
    on(
        "a time in a gap moves where asked",
        {"assume_zone": {"zone": "Europe/Paris", "gap": "forward"}},
        dt.datetime(2024, 3, 31, 2, 30),
        dt.datetime(2024, 3, 31, 3, 30, tzinfo=PARIS),
        AT.replace(tzinfo=PARIS),
    ),
    on(
        "a time in a gap moves back",
        {"assume_zone": {"zone": "Europe/Paris", "gap": "backward"}},
        dt.datetime(2024, 3, 31, 2, 30),
        dt.datetime(2024, 3, 31, 1, 30, tzinfo=PARIS),
        AT.replace(tzinfo=PARIS),
    ),
    on(
        "a time that is there twice, later",
        {"assume_zone": {"zone": "Europe/Paris", "ambiguous": "later"}},
        dt.datetime(2024, 10, 27, 2, 30),
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1),
        AT.replace(tzinfo=PARIS),
    ),
    on(
        "an offset at the first year",
        {"assume_zone": "+10:00"},
        dt.datetime(1, 1, 1),
        dt.datetime(1, 1, 1, tzinfo=EAST),
        dt.datetime(2024, 5, 31, 9, 30, tzinfo=EAST),
    ),
    on(
        "a fraction before 1970 is written",
        {"format_date": "%Y-%m-%d %H:%M:%S"},
        dt.datetime(1969, 12, 31, 23, 59, 59, 500_000),
        "1969-12-31 23:59:59",
        "2024-05-31 09:30:00",
    ),
    on(
        "a fraction before 1900 is written",
        {"format_date": "%H:%M:%S"},
        dt.datetime(1899, 12, 31, 23, 59, 59, 1),
        "23:59:59",
        "09:30:00",
    ),
    on("the date of a time before 1970", "date", dt.datetime(1969, 12, 31, 23, 59, 59), dt.date(1969, 12, 31), DAY),
    on(
        "the day of a fraction before 1970",
        {"start_of": "day"},
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999),
        dt.date(1969, 12, 31),
        DAY,
    ),
    on(
        "the month of a time before 1970",
        {"start_of": "month"},
        dt.datetime(1969, 12, 31, 23, 59),
        dt.date(1969, 12, 1),
        dt.date(2024, 5, 1),
    ),
    on(
        "the hour of a time before 1970",
        {"truncate_date": "hour"},
        dt.datetime(1969, 12, 31, 23, 59, 59, 1),
        dt.datetime(1969, 12, 31, 23),
        dt.datetime(2024, 5, 31, 9),
    ),
    on(
        "the second of a fraction before 1970",
        {"truncate_date": "second"},
        dt.datetime(1969, 12, 31, 23, 59, 59, 1),
        dt.datetime(1969, 12, 31, 23, 59, 59),
        AT,
    ),
    on("the year of the first date", {"start_of": "year"}, dt.date(1, 5, 3), dt.date(1, 1, 1), dt.date(2024, 1, 1)),
    on("the week of the first date", {"start_of": "week"}, dt.date(1, 1, 3), dt.date(1, 1, 1), dt.date(2024, 5, 27)),
    on(
        "the week of a time before 1970",
        {"truncate_date": "week"},
        dt.datetime(1969, 12, 31, 23),
        dt.datetime(1969, 12, 29),
        dt.datetime(2024, 5, 27),
    ),
    on("the second of a time before 1970", {"date_part": "second"}, dt.datetime(1969, 12, 31, 23, 59, 59, 1), 59, 0),
    on(
        "the year of a time at an offset", {"date_part": "year"}, dt.datetime(2023, 12, 31, 23, tzinfo=WEST), 2023, 2024
    ),
    on("the hour of a time at an offset", {"date_part": "hour"}, dt.datetime(2023, 12, 31, 23, tzinfo=WEST), 23, 9),
    on("the weekday at an offset", "weekday", dt.datetime(2024, 6, 3, 1, tzinfo=EAST), 1, 5),
    on("the day of the year of a leap year", {"date_part": "day_of_year"}, dt.date(2024, 12, 31), 366, 152),
    on("the quarter of the last month", "quarter", dt.date(2024, 12, 31), 4, 2),
    on(
        "months without a day of that number",
        {"add_months": -1},
        dt.date(2023, 3, 31),
        dt.date(2023, 2, 28),
        dt.date(2024, 4, 30),
    ),
    on(
        "hours over midnight",
        {"add_time": "PT15H"},
        dt.datetime(2024, 2, 29, 23),
        dt.datetime(2024, 3, 1, 14),
        dt.datetime(2024, 6, 1, 0, 30),
    ),
    on("a date before the first", {"add_time": "-P1D"}, dt.date(1, 1, 1), Refused("M311"), dt.date(2024, 5, 30)),
    on(
        "days over the change of a clock",
        {"add_time": "P1D"},
        dt.datetime(2024, 3, 30, 12, tzinfo=PARIS),
        dt.datetime(2024, 3, 31, 13, tzinfo=PARIS),
        dt.datetime(2024, 6, 1, 9, 30, tzinfo=PARIS),
    ),
    on(
        "utc of a time at an offset",
        "to_utc",
        dt.datetime(2024, 1, 1, tzinfo=EAST),
        dt.datetime(2023, 12, 31, 14, tzinfo=UTC),
        dt.datetime(2024, 5, 30, 23, 30, tzinfo=UTC),
    ),
    on(
        "milliseconds before 1970",
        {"to_epoch": "ms"},
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
        -1,
        1_717_147_800_000,
    ),
    Trap(
        "an epoch below zero",
        ["x", {"from_epoch": "ms"}],
        -1,
        dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC),
        0,
        dt.datetime(1970, 1, 1, tzinfo=UTC),
    ),
    Trap(
        "an epoch of a fraction",
        ["x", "from_epoch"],
        0.25,
        dt.datetime(1970, 1, 1, 0, 0, 0, 250_000, UTC),
        1.0,
        dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    ),
    Trap(
        "an epoch that fills 64 bits",
        ["x", {"from_epoch": "us"}],
        2**63 - 1,
        Refused("M311"),
        0,
        dt.datetime(1970, 1, 1, tzinfo=UTC),
    ),
    on("string of a date", "string", dt.date(1, 2, 3), "0001-02-03", "2024-05-31"),
    on("string of a time", "string", AT.replace(microsecond=500), "2024-05-31T09:30:00.000500", "2024-05-31T09:30:00"),
    on(
        "string of a time in a zone",
        "string",
        dt.datetime(2024, 1, 1, tzinfo=SYDNEY),
        "2024-01-01T00:00:00+11:00",
        "2024-05-31T09:30:00+10:00",
    ),
    on(
        "string of a time in seconds",
        "string",
        dt.datetime(2024, 1, 1),
        "2024-01-01T00:00:00",
        "2024-05-31T09:30:00",
        pa.timestamp("s"),
    ),
    on(
        "the hour that comes twice, first",
        {"format_date": "%d %H:%M"},
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS),
        "27 02:30",
        "31 09:30",
    ),
    on(
        "the hour that comes twice, again",
        {"format_date": "%d %H:%M"},
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1),
        "27 02:30",
        "31 09:30",
    ),
    on("the hour behind a gap", {"date_part": "hour"}, dt.datetime(2024, 3, 31, 3, 0, tzinfo=PARIS), 3, 9),
    on(
        "the last microsecond before a gap",
        {"date_part": "minute"},
        dt.datetime(2024, 3, 31, 1, 59, 59, 999_999, tzinfo=PARIS),
        59,
        30,
    ),
    on(
        "a change of half an hour",
        {"format_date": "%H:%M"},
        dt.datetime(2024, 10, 6, 2, 30, tzinfo=LORD_HOWE),
        "02:30",
        "09:30",
    ),
    on("the weekday on the clock of a zone", "weekday", dt.datetime(2024, 1, 1, 0, 30, tzinfo=SYDNEY), 1, 5),
    on(
        "the new year on the clock of a zone",
        {"date_part": "year"},
        dt.datetime(2024, 1, 1, 0, 30, tzinfo=SYDNEY),
        2024,
        2024,
    ),
    on("a zone of old times", {"date_part": "second"}, dt.datetime(1890, 1, 1, 12, 0, 7, tzinfo=PARIS), 7, 0),
    on(
        "a month of a zone",
        {"start_of": "month"},
        dt.datetime(2024, 3, 1, 0, 30, tzinfo=SYDNEY),
        dt.date(2024, 3, 1),
        dt.date(2024, 5, 1),
    ),
    on(
        "a moment of a zone",
        "to_epoch",
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=PARIS, fold=1),
        1_729_992_600,
        1_717_140_600,
    ),
    Trap(
        "a day before a gap of a zone",
        ["x", {"datetime": {"zone": "Europe/Paris"}}],
        "2024-03-30T23:59:59",
        dt.datetime(2024, 3, 30, 23, 59, 59, tzinfo=PARIS),
        "2024-05-31T09:30:00",
        AT.replace(tzinfo=PARIS),
    ),
    Trap(
        "a text with an offset keeps it",
        ["x", {"datetime": {"zone": "Europe/Paris"}}],
        "2024-05-31T09:30:00+10:00",
        dt.datetime(2024, 5, 31, 9, 30, tzinfo=EAST),
        "2024-05-31T09:30:00",
        AT.replace(tzinfo=PARIS),
        held=False,
    ),
    on("date of a time", "date", dt.datetime(2024, 1, 1, 23, 59), dt.date(2024, 1, 1), DAY),
    on("date of a time in its zone", "date", dt.datetime(2024, 1, 1, 0, 30, tzinfo=SYDNEY), dt.date(2024, 1, 1), DAY),
    Trap(
        "a time beyond the last year, and a step behind it",
        ["x", {"add_time": "P400000D"}, "string"],
        dt.datetime(8905, 1, 1),
        Refused("M311"),
        dt.datetime(2024, 1, 1),
        "3119-03-02T00:00:00",
    ),
    Trap(
        "an epoch beyond the last year",
        ["x", "from_epoch"],
        10**15,
        Refused("M311"),
        0,
        dt.datetime(1970, 1, 1, tzinfo=UTC),
    ),
    Trap(
        "an epoch of nanoseconds",
        ["x", {"from_epoch": "ns"}],
        1,
        Refused("M314"),
        1000,
        dt.datetime(1970, 1, 1, 0, 0, 0, 1, UTC),
    ),
    Trap("template of a date", {"template": "{x}"}, dt.date(1, 2, 3), "0001-02-03", DAY, "2024-05-31"),
    Trap(
        "template of a time",
        {"template": "{x}"},
        AT.replace(microsecond=5),
        "2024-05-31T09:30:00.000005",
        AT,
        "2024-05-31T09:30:00",
    ),
    Trap("map of a date by its text", ["x", {"map": {"2024-05-31": 1}, "else": 0}], dt.date(2024, 6, 1), 0, DAY, 1),
]

ALL = DATES + TIMES + STEPS


@pytest.mark.parametrize("trap", cases(ALL))
def test_trap(trap: Trap) -> None:
    check(trap)


@pytest.mark.parametrize("trap", cases(ALL))
def test_trap_in_lists(trap: Trap) -> None:
    check_in_lists(trap)
