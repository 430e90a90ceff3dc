"""JSON documents with places: `parse_document` reads one strictly, `Document.span` says where a value stands."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import cached_property
from typing import Any, Literal, NoReturn

from ..errors import Diagnostic, SpecError
from .pointer import ancestors, resolve
from .scan import MAX_DEPTH, Fault, Index, scan

MAX_SIZE = 16_000_000
"""The most characters (or bytes) a document may have."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPED = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]")


class Document:
    """A parsed JSON document. `data` is plain JSON, `text` what was written, `file` its name for messages.

    Places are computed on first demand, so that a document without problems costs one fast parse.
    """

    def __init__(self, data: Any, text: str, file: str | None) -> None:
        self.data = data
        self.text = text
        self.file = file

    @cached_property
    def _index(self) -> Index:
        return scan(self.text)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]

    def span(
        self, pointer: str, of: Literal["value", "key"] = "value", within: tuple[int, int] | None = None
    ) -> tuple[int, int, int]:
        """Line, column and end column of a value or of its key.

        A pointer that leads nowhere gives the nearest value above it; a value over several lines ends with its first
        line. `within`: offset and length, in characters of the string value, narrow the span to a part of it.
        """
        found = next(self._index.spans[p] for p in ancestors(pointer) if p in self._index.spans)
        if of == "key" and found.key_start >= 0 and pointer in self._index.spans:
            return self.place(found.key_start, found.key_end)
        start, end = found.start, found.end
        if within is not None and self.text[start] == '"' and pointer in self._index.spans:
            start, end = self._inside(start, end, *within)
        return self.place(start, end)

    def _inside(self, start: int, end: int, offset: int, length: int) -> tuple[int, int]:
        """Offsets in the text of a part of a string literal, counting each escape as what it stands for."""
        starts = [match.start() for match in _ESCAPED.finditer(self.text, start + 1, end - 1)]
        starts.append(end - 1)
        first = min(max(offset, 0), len(starts) - 1)
        last = min(first + max(length, 1), len(starts) - 1)
        return starts[first], max(starts[last], starts[first] + 1)

    def place(self, start: int, end: int) -> tuple[int, int, int]:
        """Line, column and end column of a range of character offsets, cut at the end of its first line."""
        line = bisect_right(self._lines, start)
        first = self._lines[line - 1]
        stop = min(end, first + len(self.line(line).rstrip()))
        return line, start - first + 1, max(stop, start + 1) - first + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its line break; "" beyond the end."""
        if not 0 < number <= len(self._lines):
            return ""
        end = self._lines[number] if number < len(self._lines) else len(self.text)
        return self.text[self._lines[number - 1] : end].rstrip("\r\n")


class Part(Document):
    """A value inside a document as a document of its own; its places are those in the whole."""

    def __init__(self, whole: Document, pointer: str) -> None:
        super().__init__(resolve(whole.data, pointer), whole.text, whole.file)
        self._whole = whole
        self._pointer = pointer

    def span(
        self, pointer: str, of: Literal["value", "key"] = "value", within: tuple[int, int] | None = None
    ) -> tuple[int, int, int]:
        return self._whole.span(self._pointer + pointer, of, within)


def parse_document(text: str | bytes, file: str | None = None) -> Document:
    """Parse a JSON document; raises SpecError (M101) with place and excerpt for anything that is not strict JSON.

    Refused: syntax errors, duplicate keys (all are listed), NaN and infinite numbers, nesting deeper than 200 levels,
    more than 16 MB, text that is not UTF-8. A byte order mark is skipped.
    """
    if len(text) > MAX_SIZE:
        raise _plain(file, f"the document has {len(text):,} bytes; at most {MAX_SIZE:,} are read")
    if isinstance(text, bytes):
        text = _decode(text, file)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _plain(file, "the document is empty", fix='{"mapping": "1", "fields": {}}')
    clean = _SURROGATE.search(text) is None
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        clean = False
    if clean and not _too_deep(data):
        return Document(data, text, file)
    return _parse_slowly(text, file)


def _parse_slowly(text: str, file: str | None) -> Document:
    document = Document(None, text, file)
    try:
        index = document._index
    except Fault as fault:
        place = document.place(fault.offset, fault.offset + fault.length)
        raise SpecError([
            Diagnostic(
                "M101", fault.message, "error", fault.pointer, file, *place, document.line(place[0]), fault.label,
                fix=fault.fix,
            )
        ]) from None  # fmt: skip
    found = []
    for duplicate in index.duplicates:
        place = document.place(duplicate.start, duplicate.end)
        first = document.place(duplicate.first_start, duplicate.first_start + 1)
        label = f"already given in line {first[0]}, column {first[1]}"
        found.append(
            Diagnostic(
                "M101", f'duplicate key "{duplicate.key}"', "error", duplicate.pointer, file, *place,
                document.line(place[0]), label, fix="remove one of the two, or rename it",
            )
        )  # fmt: skip
    for pointer, span in index.spans.items():
        literal = text[span.start : span.end]
        if literal[0] in "-0123456789" and not _is_finite(literal):
            place = document.place(span.start, span.end)
            message = "this number is too large"
            excerpt = document.line(place[0])
            found.append(Diagnostic("M101", message, "error", pointer, file, *place, excerpt, "write it as a string"))
    if found:
        raise SpecError(sorted(found, key=lambda d: (d.line, d.column)))
    document.data = json.loads(text)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(literal: str) -> float:
    if not _is_finite(literal):
        raise ValueError(literal)
    return float(literal)


def _is_finite(literal: str) -> bool:
    # Python refuses whole numbers of more than 4300 digits, and reads 1e999 as infinity.
    return abs(float(literal)) != float("inf") and len(literal) <= 4300


def _too_deep(data: Any) -> bool:
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(MAX_DEPTH):
        children = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
        level = [child for child in children if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _decode(raw: bytes, file: str | None) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _plain(file, "the document is written in UTF-16", fix="save the file as UTF-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        excerpt = raw.splitlines()[line - 1].decode("utf-8", "replace")
        message = f"the document is not UTF-8: byte 0x{raw[error.start]:02X}"
        fix = "save the file as UTF-8"
        raise SpecError(
            [Diagnostic("M101", message, "error", "", file, line, column, column + 1, excerpt, "here", fix=fix)]
        ) from None


def _plain(file: str | None, message: str, fix: str = "") -> SpecError:
    return SpecError([Diagnostic("M101", message, file=file, fix=fix)])
