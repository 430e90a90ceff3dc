"""The settings of one csv dialect, checked once, in the shape the reader and the writer need."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

from crosswalk import ArgumentError

from .byte_input import codec_name

# Process-wide in the csv module. Our own limit is ReadOptions.max_record_bytes; the module's would hit valid files.
csv.field_size_limit(max(csv.field_size_limit(), 2**31 - 1))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are told apart. See `Csv` for what each member means."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    encoding: str = "utf-8"
    header: bool | tuple[str, ...] = True
    skip_rows: int = 0
    comment: str | None = None
    null_tokens: frozenset[str] = frozenset()
    quote_all: bool = False
    line_terminator: str = "\n"
    formula_guard: bool = False

    def validate(self) -> None:
        """Raises ArgumentError for settings that cannot work."""
        for name in ("delimiter", "quote", "escape"):
            value = getattr(self, name)
            if value is None and name != "delimiter":
                continue
            if not isinstance(value, str) or len(value) != 1 or value in "\r\n\0":
                raise ArgumentError(f"{name} must be one character, not {value!r}", argument=name)
        if len({self.delimiter, self.quote, self.escape} - {None}) < 1 + bool(self.quote) + bool(self.escape):
            raise ArgumentError("delimiter, quote and escape must differ", argument="delimiter")
        if self.line_terminator not in ("\n", "\r\n", "\r"):
            raise ArgumentError("line_terminator must be \\n, \\r\\n or \\r", argument="line_terminator")
        if self.comment is not None and (not self.comment or {*self.comment} & {*'\r\n"', self.delimiter}):
            raise ArgumentError("comment must be a prefix without quote, delimiter or line break", argument="comment")
        if self.header == ():
            raise ArgumentError("header must not be an empty list", argument="header")
        if self.skip_rows < 0:
            raise ArgumentError("skip_rows must not be negative", argument="skip_rows")
        codec = codec_name(self.encoding)
        for name in ("delimiter", "quote", "escape", "comment"):
            try:
                (getattr(self, name) or "").encode(codec)
            except UnicodeEncodeError:
                raise ArgumentError(f"{name} has a character that {self.encoding} has not", argument=name) from None

    def reader(self, lines: Any) -> Any:
        """A csv reader over lines that keep their ends; strict, so that garbage after a closing quote is an error."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
        )
