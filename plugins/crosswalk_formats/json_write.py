"""Writes values as JSON at orjson's speed: exact decimals and integers, ISO 8601 times, and never a silent null."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, BinaryIO

import orjson

from crosswalk import Batch, DataError, Encoder, WriteOptions, decimal_text, text_of

from .scratch import give_back

_TEXT = (dt.datetime, dt.date, dt.time, dt.timedelta, bytes)


class RecordDumper:
    """Makes JSON of values. `decimals`: "number" writes exact digits as a number, "string" as text."""

    def __init__(self, decimals: str = "number", *, line_end: bool = True, indent: bool = False) -> None:
        # Datetimes are passed through because orjson rounds UTC offsets that have seconds.
        self._option = orjson.OPT_PASSTHROUGH_DATETIME
        self._end = b"\n" if line_end else b""
        self._option |= orjson.OPT_INDENT_2 if indent else 0
        self._as_text = decimals == "string"

    def dump_all(self, values: Iterable[Any]) -> list[bytes]:
        """Each value as JSON; raises DataError M310 (not finite) or M313 (JSON has no form for it)."""
        dumps, default, option, end = orjson.dumps, self._default, self._option, self._end
        found = []
        for value in values:
            try:
                text = dumps(value, default, option)
            except TypeError as error:
                text = self._retry(value, error)
            # orjson writes NaN and infinities as null: only a text with a null in it can hide one.
            if text.find(b"null") >= 0:  # quicker than `in`
                _check_finite(value)
            # The sum is a copy of the right size: kept as they are, orjson's buffers of 1 KiB fall out of the cache,
            # and the same work takes three times as long.
            found.append(text + end)
        return found

    def dump(self, value: Any) -> bytes:
        """One value as JSON; raises like `dump_all`."""
        return self.dump_all((value,))[0]

    def _default(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            text = decimal_text(value)
            return text if self._as_text else orjson.Fragment(text)
        if isinstance(value, _TEXT):
            return text_of(value)
        raise TypeError

    def _retry(self, value: Any, error: TypeError) -> bytes:
        if isinstance(error.__cause__, DataError):
            raise error.__cause__
        if "64-bit" in str(error):
            try:
                return orjson.dumps(_widened(value), self._default, self._option)
            except TypeError as second:
                error = second
        raise DataError("M313", _complaint(error)) from error


class JsonLines(Encoder):
    """One JSON value per line."""

    def __init__(self, stream: BinaryIO, options: WriteOptions) -> None:
        self._stream = stream
        self._decimals = options.decimals
        self._dumper = RecordDumper(options.decimals)

    def write(self, batch: Batch) -> None:
        self.append(self.encode(batch))

    def encode(self, batch: Batch) -> bytes | memoryview:
        return encoded_lines(batch, self._dumper, self._decimals)

    def append(self, data: bytes | memoryview) -> None:
        if data:
            self._stream.write(data)
            give_back(data)

    def finish(self) -> None:
        """Nothing closes an ndjson stream."""


class JsonArray(Encoder):
    """One array with a record on each line, or indented."""

    def __init__(self, stream: BinaryIO, options: WriteOptions, *, indent: bool = False) -> None:
        self._stream = stream
        self._decimals = options.decimals
        self._indented = RecordDumper(options.decimals, line_end=False, indent=True) if indent else None
        self._dumper = RecordDumper(options.decimals)
        self._lead = b"[\n"

    def write(self, batch: Batch) -> None:
        self.append(self.encode(batch))

    def encode(self, batch: Batch) -> bytes:
        if self._indented is not None:
            return b",\n".join(self._indented.dump_all(batch.rows))
        # Inside a line of JSON there is no line feed.
        lines = encoded_lines(batch, self._dumper, self._decimals)
        found = bytes(lines[:-1]).replace(b"\n", b",\n")
        give_back(lines)
        return found

    def append(self, data: bytes | memoryview) -> None:
        if data:
            self._stream.write(self._lead)
            self._stream.write(data)
            self._lead = b",\n"

    def finish(self) -> None:
        self._stream.write(b"[]\n" if self._lead == b"[\n" else b"\n]\n")


def encoded_lines(batch: Batch, dumper: RecordDumper, decimals: str) -> bytes | memoryview:
    """The records of a batch as JSON, each with a line end: from columns where those are at hand. See `give_back`."""
    if len(batch.pieces) > 1:
        return b"".join(encoded_lines(piece, dumper, decimals) for piece in batch.pieces)
    columns = batch.columns if batch.is_columnar else None
    if columns is not None and len(batch):
        from .json_columns import json_lines

        lines = json_lines(columns, lambda places: dumper.dump_all(batch.rows_at(places)), decimals)
        if lines is not None:
            return lines
    return b"".join(dumper.dump_all(batch.rows))


def _check_finite(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise DataError("M310", "not a finite number, which JSON cannot carry")
    elif isinstance(value, dict):
        for item in value.values():
            _check_finite(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_finite(item)


def _widened(value: Any) -> Any:
    """A copy in which integers beyond 64 bits are JSON fragments."""
    if isinstance(value, dict):
        return {key: _widened(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_widened(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(_digits(value))
    return value


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError as error:
        raise DataError("M311", "an integer with too many digits to write") from error


def _complaint(error: TypeError) -> str:
    text = str(error)
    if "surrogates" in text:
        return "text with a lone surrogate, which is not valid Unicode"
    if "key" in text:
        return "an object key that is not a string, which JSON cannot carry"
    if "ecursion" in text:
        return "nested too deeply to write as JSON"
    return f"JSON has no form for it: {text}"
