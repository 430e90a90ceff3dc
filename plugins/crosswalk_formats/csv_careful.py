"""Reads csv text record by record and tells what is wrong with each bad one; the fast paths fall back to this."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field

from crosswalk import BadRecord

from .byte_input import RAW_LIMIT
from .csv_dialect import Dialect

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Found:
    """Records of a text. `used`, `lines_used` and `counted` are the characters, lines and records gone through.

    `counted` includes bad records. `open` says that a record begins at `used` and does not end in the text.
    """

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    used: int = 0
    lines_used: int = 0
    counted: int = 0
    open: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text starts: the number and line of its first record, and its byte offset in the file."""

    number: int
    line: int
    offset: int


def read_carefully(
    text: str, dialect: Dialect, place: Place, *, room: int, width: int | None, final: bool, limit: int, encoding: str
) -> Found:
    """Up to `room` records of `text`, which starts at the start of one.

    `width`: how many cells a row must have, None for any. `final`: nothing follows the text. `limit`: longest record
    in bytes. `encoding`: of the file, for messages. Blank lines and comments are passed over.
    """
    found = Found()
    stream = io.StringIO(text, newline="")
    reader = dialect.reader(stream)
    passed = 0  # lines that the reader never saw
    while found.counted < room:
        start = stream.tell()
        if dialect.comment and text.startswith(dialect.comment, start):
            stream.readline()
            passed += 1
            found.used, found.lines_used = stream.tell(), found.lines_used + 1
            continue
        problem = ""
        row: list[str] = []
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            problem = str(error)
            if "end of data" in problem and not final:
                found.open = True
                break
        end = stream.tell()
        raw = text[start:end]
        first = place.line + found.lines_used
        found.lines_used = reader.line_num + passed
        found.used = end
        if not row and not problem:
            continue
        number = place.number + found.counted
        found.counted += 1
        message = _complaint(raw, row, problem, dialect, width, limit, first, encoding, place, text, start)
        if message:
            found.bad.append(BadRecord(number, first, message, _shown(raw, encoding)))
        else:
            found.rows.append(row)
            found.numbers.append(number)
            found.lines.append(first)
    return found


def _complaint(
    raw: str,
    row: list[str],
    problem: str,
    dialect: Dialect,
    width: int | None,
    limit: int,
    line: int,
    encoding: str,
    place: Place,
    text: str,
    start: int,
) -> str:
    """What is wrong with a record, "" when it is fine."""
    undecodable = _SURROGATE.search(raw)
    if undecodable:
        offset = place.offset + byte_length(text[: start + undecodable.start()], encoding)
        return f"bytes that are not {encoding}, near byte {offset} of the text"
    if "\0" in raw:
        return "a NUL character; is the file binary, or utf-16 without a byte order mark?"
    if len(raw) > limit or (len(raw) > limit // 4 and byte_length(raw, encoding) > limit):
        return f"the record is longer than {limit} bytes"
    if problem:
        return _quote_complaint(raw, problem, dialect, line)
    if width is not None and len(row) != width:
        return f"{width} fields expected, {len(row)} found"
    return ""


def _shown(raw: str, encoding: str) -> str | bytes:
    raw = raw[:RAW_LIMIT]
    return raw.encode(encoding, "surrogateescape") if _SURROGATE.search(raw) else raw


def _quote_complaint(raw: str, problem: str, dialect: Dialect, line: int) -> str:
    opened = line + open_quote_line(raw, dialect)
    if "end of data" in problem:
        return f"the quote opened on line {opened} is never closed"
    if "expected after" in problem:
        return f"text after the closing quote of a field (opened on line {opened})"
    return problem


def open_quote_line(raw: str, dialect: Dialect) -> int:
    """How many lines below the record's first one its last quoted field begins."""
    quote = dialect.quote or '"'
    place = last = 0
    while place < len(raw):
        if raw[place] == quote:
            last = place
            place = _after_quoted(raw, place + 1, quote, dialect.escape)
        following = raw.find(dialect.delimiter, place)
        if following < 0:
            break
        place = following + 1
    return _line_breaks(raw[:last])


def _after_quoted(raw: str, place: int, quote: str, escape: str | None) -> int:
    while True:
        end = raw.find(quote, place)
        escaped = raw.find(escape, place, end if end >= 0 else len(raw)) if escape else -1
        if escaped >= 0:
            place = escaped + 2
        elif end < 0:
            return len(raw)
        elif raw.startswith(quote, end + 1):
            place = end + 2
        else:
            return end + 1


def _line_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def lines_of(rows: list[list[str]], first: int) -> list[int]:
    """The line each row starts on, and one past the last row; for rows without blank lines between them."""
    lines = [first]
    for row in rows:
        first += 1 + sum(map(_line_breaks, row))
        lines.append(first)
    return lines


def byte_length(text: str, encoding: str) -> int:
    """How many bytes of the file the text was, undecodable ones included."""
    if encoding != "utf-8" or text.isascii():
        return len(text)
    return len(text.encode("utf-8", "surrogateescape"))
