"""Reading and writing dates: look here for how text, epoch numbers and the run's clock become dates and back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact
from typing import Literal, TypeVar

from crosswalk import ArgumentError, DataError, Example, Number, Resolver, RunInfo, resolver

from . import _date_vectors
from ._date_pattern import date_parser, date_writer, datetime_parser
from ._zone import Zone, put_zone

D = TypeVar("D", dt.date, dt.datetime)
UTC = dt.UTC
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.([0-9]{1,9}))?)?"
    r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
# Decimal exponent from each unit of an epoch number to microseconds.
_MICROS = {"s": 6, "ms": 3, "us": 0, "ns": -3}
_EXACT = Context(prec=76, traps=[Inexact])


def iso_date(text: str) -> dt.date:
    """The date written exactly `YYYY-MM-DD`; raises ValueError."""
    # fromisoformat alone would also take 20240531 and 2024-W22-5.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError
    return dt.date.fromisoformat(text)


def iso_datetime(text: str) -> dt.datetime:
    """The date and time written in ISO 8601; raises ValueError, and DataError M314 for digits below microseconds."""
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError
    if match[1] and match[1][6:].strip("0"):
        raise DataError("M314", "digits below microseconds would be lost", text)
    return dt.datetime.fromisoformat(text)


def _reader(
    format: str | list[str] | None,
    compile: Callable[[str], Callable[[str], D]],
    iso: Callable[[str], D],
    what: tuple[str, str],
) -> Callable[[str], D]:
    """A function that reads a text by the first format that fits; it raises DataError M310 naming them.

    `what` is the thing read, with its article, and its ISO form.
    """
    patterns = [format] if isinstance(format, str) else format or []
    if format is not None and not patterns:
        raise ArgumentError("the list of formats is empty", argument="format")
    parsers = [compile(pattern) for pattern in patterns] or [iso]
    shown = " or ".join(f'"{pattern}"' for pattern in patterns) or what[1]
    message = f"not {what[0]} in the form {shown}"

    def read(text: str) -> D:
        for parse in parsers:
            try:
                return parse(text)
            except ValueError:
                continue
        raise DataError("M310", message, text)

    return read


@resolver(
    "date",
    vector=_date_vectors.calendar_date,
    group="date",
    factory=True,
    examples=[
        Example("2024-05-31", dt.date(2024, 5, 31)),
        Example("31/05/2024", dt.date(2024, 5, 31), args="%d/%m/%Y"),
        Example("1 Jan 24", dt.date(2024, 1, 1), args={"format": "%d %b %y"}),
        Example("2024-05-31", dt.date(2024, 5, 31), args={"format": ["%d/%m/%Y", "%Y-%m-%d"]}),
        Example(dt.datetime(2024, 5, 31, 23, 30), dt.date(2024, 5, 31)),
        Example("31/02/2024", args="%d/%m/%Y", error="M310"),
        Example("2024-05-31T00:00:00", error="M310"),
    ],
)
def date(*, format: str | list[str] | None = None) -> Callable[[str | dt.date | dt.datetime], dt.date]:
    """Read a text as a date: the whole text must fit, and the day must exist.

    Without `format` the text is `YYYY-MM-DD`. `format` is a pattern or a list of patterns, the first that fits
    counts: %Y (4 digits) %y (69-99 are 1969-1999) %m %d %j %b %B %a %A %H %I %p %M %S %f %z %%, month and day names
    in English in any case, other characters as they stand. A time of day that the pattern reads is dropped. Numbers
    may lack the leading zero unless another number stands right next to them; a weekday must be the date's own.
    A date passes unchanged; a datetime gives the date on its own clock (`to_zone` first for another zone's).
    """
    parse = _reader(format, date_parser, iso_date, ("a date", "YYYY-MM-DD"))

    def read(value: str | dt.date | dt.datetime) -> dt.date:
        if isinstance(value, str):
            return parse(value)
        return value.date() if isinstance(value, dt.datetime) else value

    return read


@resolver(
    "datetime",
    vector=_date_vectors.iso_datetime,
    group="date",
    factory=True,
    examples=[
        Example("2024-05-31T09:30:00Z", dt.datetime(2024, 5, 31, 9, 30, tzinfo=UTC)),
        Example("2024-05-31 09:30:00.25", dt.datetime(2024, 5, 31, 9, 30, 0, 250_000)),
        Example("31/05/2024 9:30 pm", dt.datetime(2024, 5, 31, 21, 30), args="%d/%m/%Y %I:%M %p"),
        Example(
            "2024-05-31T09:30",
            dt.datetime(2024, 5, 31, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=10))),
            args={"zone": "Australia/Sydney"},
        ),
        Example("2024-05-31T25:00:00", error="M310"),
        Example("2024-05-31T09:30:00.123456789", error="M314"),
        Example("2024-03-31T02:30:00", args={"zone": "Europe/Paris"}, error="M319"),
    ],
)
def datetime(
    *, format: str | list[str] | None = None, zone: Zone | None = None
) -> Callable[[str | dt.datetime], dt.datetime]:
    """Read a text as a date and time: the whole text must fit, and the moment must exist.

    Without `format` the text is ISO 8601 with `T` or a space, seconds optional, a fraction of up to 9 digits (M314
    if those beyond microseconds are not 0: cut the text first) and optionally `Z` or an offset. `format`: as for
    `date`; a pattern without time gives midnight. `zone` is the zone of a text (or datetime) that names no offset:
    an IANA name or `+10:00`; without it such a result stays local. M319 where the zone's clock skips or repeats the
    time: use `assume_zone` to choose. A value that has an offset keeps it: `to_zone` changes it.
    """
    local: dt.tzinfo | None = zone  # type: ignore[assignment]
    parse = _reader(format, datetime_parser, iso_datetime, ("a date and time", "2024-05-31T09:30:00Z (ISO 8601)"))

    def read(value: str | dt.datetime) -> dt.datetime:
        found = parse(value) if isinstance(value, str) else value
        return put_zone(found, local) if local is not None and found.tzinfo is None else found

    return read


@resolver(
    "format_date",
    vector=_date_vectors.format_date,
    group="date",
    factory=True,
    examples=[
        Example(dt.date(2024, 5, 1), "01/05/2024", args="%d/%m/%Y"),
        Example(dt.datetime(2024, 5, 1, 14, 5, 9, 1500, UTC), "Wed 1405:09.001500 +0000", args="%a %H%M:%S.%f %z"),
        Example(dt.date(2024, 5, 1), args="%H:%M", error="M313"),
    ],
)
def format_date(*, pattern: str) -> Callable[[dt.date | dt.datetime], str]:
    """Write a date or datetime by a pattern, with English names.

    The directives are those of `date`; numbers are zero-padded (%Y four digits, %f six), %z is `+hhmm`.
    M313 where the value has no time of day or no zone to write.
    """
    return date_writer(pattern)


@resolver(
    "from_epoch",
    vector=_date_vectors.from_epoch,
    group="date",
    examples=[
        Example(1_717_147_800, dt.datetime(2024, 5, 31, 9, 30, tzinfo=UTC), args="s"),
        Example(1_717_147_800_250, dt.datetime(2024, 5, 31, 9, 30, 0, 250_000, UTC), args={"unit": "ms"}),
        Example(-1, dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        Example(1, args="ns", error="M314"),
        Example(10**15, error="M311"),
    ],
)
def from_epoch(value: Number, *, unit: Literal["s", "ms", "us", "ns"] = "s") -> dt.datetime:
    """Turn a number of units since 1970-01-01T00:00:00Z into a datetime in UTC.

    M314 if digits below microseconds would be lost, M311 outside the years 1 to 9999.
    """
    # A float counts with its shortest digits, as it was written.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise DataError("M310", "not a finite number", str(number))
    if number and number.adjusted() + _MICROS[unit] > 20:
        raise DataError("M311", "outside the years 1 to 9999", value)
    try:
        micros = int(number.scaleb(_MICROS[unit], _EXACT).to_integral_exact(context=_EXACT))
        return EPOCH + dt.timedelta(microseconds=micros)
    except Inexact:
        raise DataError("M314", "digits below microseconds would be lost", value) from None
    except OverflowError:
        raise DataError("M311", "outside the years 1 to 9999", value) from None


@resolver(
    "to_epoch",
    vector=_date_vectors.to_epoch,
    group="date",
    examples=[
        Example(dt.datetime(2024, 5, 31, 9, 30, tzinfo=UTC), 1_717_147_800, args="s"),
        Example(dt.datetime(2024, 5, 31, 9, 30, 0, 250_999, UTC), 1_717_147_800_250, args="ms"),
        Example(dt.datetime(1969, 12, 31, 23, 59, 59, 500_000, UTC), -1),
        Example(dt.datetime(2024, 5, 31, 9, 30), error="M313"),
    ],
)
def to_epoch(value: dt.datetime, *, unit: Literal["s", "ms", "us", "ns"] = "s") -> int:
    """Give the whole units since 1970-01-01T00:00:00Z, parts of a unit rounded down.

    A datetime without a zone is M313: give it one with `assume_zone`.
    """
    if value.tzinfo is None:
        raise DataError("M313", "a date and time without a zone is no moment", value)
    since = value - EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return micros * 1000 if unit == "ns" else micros // 10 ** _MICROS[unit]


@resolver("now", group="date", null="aware", run=True, takes_input=False)
def now(*, run: RunInfo) -> dt.datetime:
    """Give the moment the run started, in UTC: the same for every record of the run."""
    return run.started_at.astimezone(UTC)


@resolver("today", group="date", null="aware", run=True, takes_input=False)
def today(*, run: RunInfo) -> dt.date:
    """Give the date, in UTC, on which the run started: the same for every record of the run."""
    return run.started_at.astimezone(UTC).date()


RESOLVERS: tuple[Resolver, ...] = (date, datetime, format_date, from_epoch, to_epoch, now, today)
