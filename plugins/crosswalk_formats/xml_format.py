"""The xml format: a stream of record elements in, one document of escaped records out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from crosswalk import Batch, ConnectorError, Encoder, Format, PathError, ReadOptions, WriteOptions

if TYPE_CHECKING:
    from .xml_record_path import RecordPath
    from .xml_stream import RecordStream


@dataclass
class Xml(Format):
    """XML documents.

    Read: every record is an lxml element that also sees its ancestors, their attributes, and what stands in them
    before the first record. Without a record path the root element is the one record. Written: a record is an object
    whose keys are child elements, `@name` attributes and `#text` text; lists repeat the element; null is `xsi:nil`.

    A document is read in blocks of whole records, large ones as columns, where all its records stand side by side in
    one element, before them are no more than 64 KiB and no document type, and its encoding is UTF-8, ISO-8859-1 or
    Windows-1252. What is otherwise is read record by record from there on, with the same result, but for lines: the
    parser tells no more than 65,534 of them from there.

    `record`: The path of the record elements, names only, such as `/o:orders/o:order` or `//item`. A mapping's
        `source.record` wins.
    `namespaces`: Prefixes for `record`, `root`, `row` and written keys. When writing, `""` is the default namespace.
    `root`: The element around the written records; `feed/orders` writes one element inside another.
    `row`: The element of each written record.
    `root_attributes`: Attributes of the outermost written element.
    `declaration`: Whether the written document starts with an XML declaration.
    `indent`: Whether the written document has line breaks and indentation.
    """

    type: ClassVar[str] = "xml"
    extensions: ClassVar[tuple[str, ...]] = ("xml",)
    default_paths: ClassVar[str] = "xpath"
    empty: ClassVar[str] = "missing"
    checks_first: ClassVar[bool] = True

    record: str | None = None
    namespaces: dict[str, str] = field(default_factory=dict)
    root: str = "records"
    row: str = "record"
    root_attributes: dict[str, str] = field(default_factory=dict)
    declaration: bool = True
    indent: bool = False

    def check(self) -> list[str]:
        """What is wrong with the record path and the names to write."""
        from .xml_record_path import record_path
        from .xml_writer import name_problems

        problems = name_problems([*self.root.split("/"), self.row], self.root_attributes, self.namespaces)
        if self.record is not None:
            try:
                record_path(self.record, self.namespaces)
            except PathError as error:
                problems.append(f'record "{self.record}": {error.message}; {error.fix}')
        return problems

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        """Batches of lxml elements; the cursor is `{"row": n}`, the records before it are parsed and skipped.

        Raises ConnectorError: C202 not well-formed or too deep, C203 entities declared, C205 a foreign cursor, C208 a
        record longer than the limit, C209 a record path that cannot be streamed.
        """
        from .xml_blocks import BlockReader, for_rows
        from .xml_stream import BLOCK, RecordStream

        skip = _row_of(options.cursor)
        text, namespaces = self._record_path(options)
        path = _compiled(text, namespaces) if text else None
        if path is None:
            block = min(BLOCK, max(1024, options.bytes))
            records = RecordStream(stream, path, limit=options.max_record_bytes, block=block)
            yield from _batches(records, options, 0, skip)
            return
        record = text if text.startswith("/") else f"/{text}"
        blocks = BlockReader(stream, path, record, namespaces, options, skip)
        yield from blocks.batches()
        rest = blocks.rest()
        if rest is not None:
            yield from _batches(rest, for_rows(options), blocks.seen, skip)

    def _record_path(self, options: ReadOptions) -> tuple[str, dict[str, str]]:
        """The path of the records, "" where the root is the record; and the prefixes for it."""
        text = (options.record if options.record is not None else self.record or "").strip()
        return "" if text in ("/", ".") else text, {**self.namespaces, **dict(options.namespaces)}

    def without_columns(self, options: ReadOptions) -> tuple[str, str] | None:
        from .named_columns import unnamed

        path, _ = self._record_path(options)
        if not path:
            return "without a record path, a document is one record", 'name the records: "record": "/orders/order"'
        if path.endswith("*"):
            return 'a record path that ends in "*" names no element to cut the document at', "name the element"
        return unnamed(self, options)

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        """A writer of one UTF-8 document. Raises ConnectorError C201 for names that XML does not allow."""
        from .xml_writer import XmlEncoder

        return XmlEncoder(stream, self)


def _compiled(text: str, namespaces: dict[str, str]) -> RecordPath:
    from .xml_record_path import record_path

    try:
        return record_path(text, namespaces)
    except PathError as error:
        raise ConnectorError("C209", f'the record path "{text}": {error.message}', fix=error.fix) from error


def _batches(records: RecordStream, options: ReadOptions, seen: int, skip: int) -> Iterator[Batch]:
    """The records of a stream behind `seen` others, as rows."""
    rows: list[Any] = []
    lines: list[int] = []
    cut = records.total
    fault: ConnectorError | None = None
    try:
        for found in records:
            for element, line in found:
                seen += 1
                if seen <= skip:
                    continue
                rows.append(element)
                lines.append(line)
                if len(rows) >= options.records:
                    yield _batch(rows, lines, seen, records.total)
                    rows, lines, cut = [], [], records.total
            found.clear()
            if rows and records.total - cut >= options.bytes:
                yield _batch(rows, lines, seen, records.total)
                rows, lines, cut = [], [], records.total
    except ConnectorError as error:
        fault = error
    if rows:
        yield _batch(rows, lines, seen, records.total)
    if fault is not None:
        raise fault


def _batch(rows: list[Any], lines: list[int], last: int, total: int) -> Batch:
    known = lines if all(lines) else None
    return Batch.of_rows(rows, cursor={"row": last}, first=last - len(rows) + 1, lines=known, bytes_read=total)


def _row_of(cursor: Any) -> int:
    if cursor is None:
        return 0
    row = cursor.get("row") if isinstance(cursor, dict) else None
    if not isinstance(row, int) or row < 0:
        raise ConnectorError("C205", "the cursor has no 'row': it was not written by this format")
    return row
