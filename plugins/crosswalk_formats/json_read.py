"""Reads one JSON document of any size as a stream of the records at a path, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from crosswalk import BadRecord, Batch, ConnectorError, ReadOptions

from .byte_input import BLOCK, RAW_LIMIT, TextBytes, cursor_int
from .exact_numbers import is_only_unusual, loads, reason
from .json_blocks import ItemReader, Items
from .json_path import EACH, matches_at
from .json_scan import CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, END, OPEN_LIST, OPEN_OBJECT, QUOTE, Scanner
from .parts import Gatherer, Part

Steps = tuple[str | None, ...]
_Found = list[Any] | BadRecord | Items
_ROWS = ReadOptions()


def read_json(stream: BinaryIO, steps: Steps | None, options: ReadOptions) -> Iterator[Batch]:
    """The batches of a JSON document; see Format.decode. The cursor holds `record`: how many were given out.

    `steps`: where the records are; None: the items of a top-level list, else the document itself. Where a name stands
    twice in an object, both are followed. Records before a break in the document are given out, then C202 is raised.
    """
    return _Reading(stream, steps, options).batches()


class _Reading:
    """One pass over a document. Its generators give records in document order, as lists or as one bad record."""

    def __init__(self, stream: BinaryIO, steps: Steps | None, options: ReadOptions) -> None:
        self._steps = steps
        self._options = options
        self._limit = options.max_record_bytes
        self._source = TextBytes(stream)
        self._scan = Scanner(self._source, max(1, min(BLOCK, options.bytes, self._limit)), self._limit)
        self._whole = False  # the document is one record
        self._readers: dict[Steps, ItemReader] = {}
        self._least = options.columnar_from
        self._rows_up_to = 0  # the offset up to which records are read as rows
        self._columns = options.columnar and bool(options.names)
        self._keeps_items = steps is None or EACH not in steps

    def batches(self) -> Iterator[Batch]:
        cursor = self._options.cursor
        done = 0 if cursor is None else cursor_int(cursor, "record")
        number, offset = 0, 0
        records, size = self._options.records, self._options.bytes
        if self._columns:
            # Rows are quickest in small batches.
            records, size = min(records, _ROWS.records), min(size, _ROWS.bytes)
        gatherer = Gatherer(records, size)
        try:
            for found in self._document():
                if isinstance(found, Items):
                    yield from gatherer.take({"record": number}, self._source.total)
                    yield from self._blocks(found, number, max(0, min(len(found), done - number)))
                    number, offset = number + len(found), self._scan.offset
                    continue
                rows = [] if isinstance(found, BadRecord) else found
                count = len(rows) or isinstance(found, BadRecord)
                size, offset = self._scan.offset - offset, self._scan.offset
                start = max(0, min(count, done - number))
                while start < count:
                    part = Part(size=size)
                    if isinstance(found, BadRecord):
                        found.number = number + 1
                        part.bad, stop = [found], 1
                    else:
                        stop = min(count, start + gatherer.room)
                        part.rows = rows[start:stop] if stop - start < count else rows
                        part.numbers = range(number + start + 1, number + stop + 1)
                    gatherer.add(part)
                    start, size = stop, 0
                    if gatherer.full:
                        yield from gatherer.take({"record": number + stop}, self._source.total)
                number += count
        except ConnectorError:
            yield from gatherer.take({"record": number}, self._source.total)
            raise
        yield from gatherer.take({"record": number}, self._source.total)

    def _blocks(self, found: Items, number: int, start: int) -> Iterator[Batch]:
        """The records of a block from `start` on; `number` were before it."""
        while start < len(found):
            stop = min(len(found), start + self._options.records)
            yield Batch.of_records(
                found.part(start, stop), stop - start, cursor={"record": number + stop}, first=number + start + 1,
                bytes_read=self._source.total,
            )  # fmt: skip
            start = stop

    def _document(self) -> Iterator[_Found]:
        first = self._scan.peek()
        if first == END:
            raise ConnectorError("C202", "the JSON document is empty", fix="an empty list of records is []")
        self._whole = self._steps is None and first != OPEN_LIST
        yield from self._walk(self._steps or ())
        if self._scan.peek() != END:
            raise self._scan.fail("text after the end of the document")

    def _walk(self, steps: Steps) -> Iterator[_Found]:
        scan = self._scan
        first = scan.peek()
        if not steps and first == OPEN_LIST and self._keeps_items:
            yield from self._items((), keep=True)
        elif not steps:
            yield from self._one((), keep=self._steps is None)
        elif steps[0] is EACH and first == OPEN_LIST:
            yield from self._items(steps[1:], keep=False)
        elif steps[0] is not EACH and first == OPEN_OBJECT:
            yield from self._members(steps[0], steps[1:])
        else:
            scan.skip()

    def _members(self, name: str, rest: Steps) -> Iterator[_Found]:
        scan = self._scan
        scan.place += 1
        if scan.peek() == CLOSE_OBJECT:
            scan.place += 1
            return
        while True:
            if scan.peek() != QUOTE:
                raise scan.fail("a member name expected")
            key = scan.whole()
            if key is None:
                raise scan.fail(f"a member name of more than {self._limit} bytes")
            same = self._key(key) == name
            scan.take(COLON, "a colon")
            if same:
                yield from self._walk(rest)
            else:
                scan.skip()
            if scan.peek() == CLOSE_OBJECT:
                scan.place += 1
                return
            scan.take(COMMA, "a comma or closing brace")

    def _key(self, text: bytes) -> str:
        try:
            return str(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise self._scan.syntax_error(text, self._scan.place - len(text), error) from None

    def _items(self, rest: Steps, *, keep: bool) -> Iterator[_Found]:
        scan = self._scan
        scan.place += 1
        if scan.peek() == CLOSE_LIST:
            scan.place += 1
            return
        # Items that are lists themselves are not looked into.
        columns = self._columns and rest[:1] != (EACH,)
        while True:
            if scan.peek() == END:
                raise scan.fail("the document ends inside a list")
            block = self._block(rest) if columns and scan.offset >= self._rows_up_to else None
            items = self._several() if block is None else None
            if block is not None:
                yield block
            elif items is None:
                yield from self._one(rest, keep=keep)
            elif keep:
                yield items
            else:
                yield [match for item in items for match in matches_at(item, rest)]
            if scan.peek() == CLOSE_LIST:
                scan.place += 1
                return
            scan.take(COMMA, "a comma or closing bracket")

    def _block(self, rest: Steps) -> Items | None:
        """Many items as columns, stepped over; None where the next ones must be read as rows."""
        scan, options = self._scan, self._options
        reader = self._readers.setdefault(rest, ItemReader(options.names or {}, rest))
        still = options.still_columnar
        if reader.patience.gone or (still is not None and not still()):
            # What is irregular here may be regular further on.
            self._rows_up_to = scan.offset + options.bytes * reader.patience.pause()
            reader.patience.try_again()
            scan.narrow(_ROWS.bytes)
            return None
        if len(scan.buffer) - scan.place < options.bytes // 2:
            scan.fill(options.bytes)
        text = scan.several()
        if text is None or len(text) < self._least:
            return None
        found = reader.read(text, plain=scan.plain)
        if found is not None:
            self._least = 0  # what columns need is there now: the short end gains by them, too
            scan.place += len(text)
        return found

    def _several(self) -> list[Any] | None:
        scan = self._scan
        text = scan.several()
        if text is None:
            return None
        parse = orjson.loads if scan.plain else loads
        try:
            items: list[Any] = parse(b"[%b]" % text)
        except ValueError:
            scan.bulk = False
            return None
        scan.place += len(text)
        return items

    def _one(self, rest: Steps, *, keep: bool) -> Iterator[_Found]:
        """The record or records in the value at hand; one beyond the limit is streamed when a path leads into it."""
        scan = self._scan
        text = scan.whole()
        if text is None:
            if rest:
                yield from self._walk(rest)
                return
            line, head = scan.position(scan.place)[0], scan.buffer[scan.place : scan.place + RAW_LIMIT]
            scan.skip()
            message = f"the record is longer than {self._limit} bytes"
            if self._whole:
                message += '; if it holds the records, say where: "record": "..."'
            yield BadRecord(0, line, message, head.decode("utf-8", "replace"))
            return
        try:
            value = loads(text)
        except ValueError as error:
            if not is_only_unusual(text):
                raise scan.syntax_error(text, scan.place - len(text), error) from None
            line = scan.position(scan.place - len(text))[0]
            yield BadRecord(0, line, reason(error), text[:RAW_LIMIT].decode("utf-8", "replace"))
            return
        yield [value] if keep else matches_at(value, rest)
