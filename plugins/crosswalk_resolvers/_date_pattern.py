"""Date patterns (`%d/%m/%Y`): compile one here to read or to write dates; English names, no locale, no ambient zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TypeVar

from crosswalk import ArgumentError, DataError

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_NUMBERS = {"Y": (4, 4), "y": (2, 2), "m": (1, 2), "d": (1, 2), "H": (1, 2), "I": (1, 2), "M": (1, 2), "S": (1, 2)}
_NUMBERS |= {"f": (1, 6), "j": (1, 3)}
_WORDS = {
    "b": "|".join(name[:3] for name in MONTHS),
    "B": "|".join(MONTHS),
    "a": "|".join(name[:3] for name in DAYS),
    "A": "|".join(DAYS),
    "p": "AM|PM",
    "z": "Z|[+-][0-9]{2}:?[0-9]{2}",
}
_KNOWN = "%Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %z %%"
_CLASHES = ("Yy", "mbB", "HI", "jm", "jd", "jb", "jB", "aA")

_IN_ORDER = "YmdHMS"

D = TypeVar("D", dt.date, dt.datetime)
Token = tuple[str, str]
"""`("", literal text)` or `(directive letter, "")`."""


def tokens(pattern: str) -> list[Token]:
    """The pattern split into literals and directives; raises ArgumentError for a directive that is not known."""
    found: list[Token] = []
    for percent, letter, literal in re.findall(r"(%)(.?)|([^%]+)", pattern, re.S):
        if not percent or letter == "%":
            found.append(("", literal or "%"))
        elif letter in _NUMBERS or letter in _WORDS:
            found.append((letter, ""))
        else:
            raise ArgumentError(f"unknown date directive '%{letter}' in {pattern!r}", fix=f"use one of {_KNOWN}")
    return found


def date_parser(pattern: str) -> Callable[[str], dt.date]:
    """A function that reads the date of a text; it raises ValueError for a text that does not fit."""
    parts = tokens(pattern)
    if sorted(letter for letter, _ in parts if letter) == ["Y", "d", "m"]:
        return _numbers_parser(parts, dt.date)
    parse = datetime_parser(pattern)
    return lambda text: parse(text).date()


def datetime_parser(pattern: str) -> Callable[[str], dt.datetime]:
    """A function that reads a date and time (midnight if the pattern has no time), naive unless `%z` is there.

    It raises ValueError for a text that does not fit. Raises ArgumentError for a pattern that fixes no day.
    """
    parts = tokens(pattern)
    letters = [letter for letter, _ in parts if letter]
    _check(pattern, letters)
    if sorted(letters) == sorted(_IN_ORDER[: len(letters)]):
        return _numbers_parser(parts, dt.datetime)
    match = _regex(parts).fullmatch

    def read(text: str) -> dt.datetime:
        found = match(text)
        if found is None:
            raise ValueError
        return _build(dict(zip(letters, found.groups(), strict=True)))

    return read


def _numbers_parser(parts: list[Token], build: Callable[..., D]) -> Callable[[str], D]:
    """The common case, quickly: year, month, day and maybe a time, all in digits and in any order."""
    letters = [letter for letter, _ in parts if letter]
    order = [letters.index(letter) + 1 for letter in _IN_ORDER[: len(letters)]]
    match = _regex(parts).fullmatch

    def read(text: str) -> D:
        found = match(text)
        if found is None:
            raise ValueError
        return build(*map(int, found.group(*order)))

    return read


def _regex(parts: list[Token]) -> re.Pattern[str]:
    pieces = []
    for at, (letter, literal) in enumerate(parts):
        if letter in _NUMBERS:
            least, most = _NUMBERS[letter]
            # "2024115" under %Y%m%d could be two dates: next to another number only the full width is accepted.
            before = parts[at - 1] if at else ("", "")
            after = parts[at + 1] if at + 1 < len(parts) else ("", "")
            if (letter != "f" and _is_digit(before, -1)) or _is_digit(after, 0):
                least = most
            pieces.append(f"([0-9]{{{least},{most}}})")
        elif letter:
            pieces.append(f"((?i:{_WORDS[letter]}))")
        else:
            pieces.append(re.escape(literal))
    return re.compile("".join(pieces), re.ASCII)


def _is_digit(token: Token, end: int) -> bool:
    letter, literal = token
    return letter in _NUMBERS or literal[end:][:1].isdigit()


def _check(pattern: str, letters: list[str]) -> None:
    has = set(letters)
    if len(has) != len(letters):
        raise ArgumentError(f"the date pattern {pattern!r} has a directive twice")
    for clash in _CLASHES:
        both = [f"%{letter}" for letter in clash if letter in has]
        if len(both) > 1:
            raise ArgumentError(f"the date pattern {pattern!r} has {both[0]} and {both[1]}", fix="keep one of them")
    if not has & set("Yy") or not ("j" in has or (has & set("mbB") and "d" in has)):
        raise ArgumentError(f"the date pattern {pattern!r} does not give year, month and day", fix='such as "%d/%m/%Y"')
    if ("I" in has) != ("p" in has):
        raise ArgumentError(f"the date pattern {pattern!r} needs %I and %p together", fix="use %H for a 24 hour clock")


def _build(found: dict[str, str]) -> dt.datetime:
    if "Y" in found:
        year = int(found["Y"])
    else:
        year = int(found["y"])
        year += 1900 if year >= 69 else 2000  # POSIX: 69-99 are 1969-1999
    if "j" in found:
        first, number = dt.date(year, 1, 1), int(found["j"])
        day = first + dt.timedelta(number - 1)
        if number < 1 or day.year != year:
            raise ValueError
    else:
        day = dt.date(year, _month(found), int(found["d"]))
    name = found.get("A") or found.get("a")
    if name and DAYS[day.weekday()][:3].lower() != name[:3].lower():
        raise ValueError
    if "I" in found:
        hour = int(found["I"])
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found["p"] in ("PM", "pm", "Pm", "pM") else 0)
    else:
        hour = int(found.get("H", 0))
    micros = int(found["f"].ljust(6, "0")) if "f" in found else 0
    zone = _offset(found["z"]) if "z" in found else None
    minute, second = int(found.get("M", 0)), int(found.get("S", 0))
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, micros, zone)


def _month(found: dict[str, str]) -> int:
    if "m" in found:
        return int(found["m"])
    name = (found.get("B") or found["b"])[:3].capitalize()
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name))


def _offset(text: str) -> dt.timezone:
    if text in "Zz":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-offset if text[0] == "-" else offset)


_WRITERS: dict[str, Callable[[dt.datetime], str]] = {
    "Y": lambda v: f"{v.year:04d}",
    "y": lambda v: f"{v.year % 100:02d}",
    "m": lambda v: f"{v.month:02d}",
    "b": lambda v: MONTHS[v.month - 1][:3],
    "B": lambda v: MONTHS[v.month - 1],
    "d": lambda v: f"{v.day:02d}",
    "j": lambda v: f"{v.timetuple().tm_yday:03d}",
    "a": lambda v: DAYS[v.weekday()][:3],
    "A": lambda v: DAYS[v.weekday()],
    "H": lambda v: f"{v.hour:02d}",
    "I": lambda v: f"{v.hour % 12 or 12:02d}",
    "p": lambda v: "PM" if v.hour >= 12 else "AM",
    "M": lambda v: f"{v.minute:02d}",
    "S": lambda v: f"{v.second:02d}",
    "f": lambda v: f"{v.microsecond:06d}",
    "z": lambda v: _offset_text(v),
}


def _offset_text(value: dt.datetime) -> str:
    offset = value.utcoffset()
    if offset is None:
        raise DataError("M313", "a date and time without a zone has no %z", value)
    sign, seconds = ("-", -offset.total_seconds()) if offset.days < 0 else ("+", offset.total_seconds())
    return f"{sign}{int(seconds // 3600):02d}{int(seconds % 3600 // 60):02d}"


def date_writer(pattern: str) -> Callable[[dt.date | dt.datetime], str]:
    """A function that writes a date by the pattern; it raises DataError M313 where the value lacks what is asked."""
    parts = [_WRITERS[letter] if letter else literal for letter, literal in tokens(pattern)]
    needs_time = any(letter and letter in "HIpMSfz" for letter, _ in tokens(pattern))

    def write(value: dt.date | dt.datetime) -> str:
        if not isinstance(value, dt.datetime):
            if needs_time:
                raise DataError("M313", "a date has no time of day", value)
            value = dt.datetime(value.year, value.month, value.day)
        return "".join([part if isinstance(part, str) else part(value) for part in parts])

    return write
