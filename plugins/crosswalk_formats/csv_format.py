"""Delimited text: the `csv` and `tsv` formats and their settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar, Literal

from crosswalk import Batch, Encoder, Format, ReadOptions, WriteOptions

from .csv_dialect import Dialect


@dataclass
class Csv(Format):
    """Comma-separated values (RFC 4180). Every cell is read as the string that stands in the file.

    Blank lines are passed over. A row with too few or too many fields, with undecodable bytes, a NUL or broken quotes
    is a bad record, and reading goes on with the next line. A quote that is never closed takes in all that follows it.
    An empty file has no records. A quoted null token is null, too.

    Written: where nothing names the columns (`target.columns`, `header`, or fields without `passthrough` and `spread`),
    the first 65,536 records do, and wait for it.

    `delimiter`: The one character between fields.
    `quote`: The one character around fields that contain special ones; null when the file has no quoting.
    `escape`: A character that takes the special meaning from the next one, such as a backslash; null for none.
    `encoding`: The text encoding, for example utf-8 or cp1252. A byte order mark of utf-8, 16 or 32 overrides it.
    `header`: true: the first record names the columns. false: they are c1, c2, ... A list: these are the names, and the
        first record is data. When writing, only true writes a header.
    `skip_rows`: How many lines to pass over before anything else, when reading.
    `comment`: Lines that begin with this are passed over, when reading; null for none.
    `null_tokens`: Cells that mean null, when reading.
    `quoting`: When writing, quote the fields that need it (minimal) or all.
    `line_terminator`: The line break to write. All of \\n, \\r\\n and \\r are read.
    `formula_guard`: When writing, put an apostrophe before text that a spreadsheet would run as a formula.
    """

    type: ClassVar[str] = "csv"
    extensions: ClassVar[tuple[str, ...]] = ("csv",)
    checks_first: ClassVar[bool] = True
    whole_objects: ClassVar[bool] = True
    default_paths: ClassVar[str] = "column"
    empty: ClassVar[str] = "missing"
    all_text: ClassVar[bool] = True

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    encoding: str = "utf-8"
    header: bool | list[str] = True
    skip_rows: int = 0
    comment: str | None = None
    null_tokens: list[str] = field(default_factory=list)
    quoting: Literal["minimal", "all"] = "minimal"
    line_terminator: str = "\n"
    formula_guard: bool = False

    def __post_init__(self) -> None:
        self._dialect().validate()

    def _dialect(self) -> Dialect:
        return Dialect(
            delimiter=self.delimiter,
            quote=self.quote or None,
            escape=self.escape or None,
            encoding=self.encoding,
            header=tuple(self.header) if isinstance(self.header, list) else self.header,
            skip_rows=self.skip_rows,
            comment=self.comment,
            null_tokens=frozenset(self.null_tokens),
            quote_all=self.quoting == "all",
            line_terminator=self.line_terminator,
            formula_guard=self.formula_guard,
        )

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        from .csv_read import read_csv

        return read_csv(stream, self._dialect(), options)

    def without_columns(self, options: ReadOptions) -> tuple[str, str] | None:
        from .csv_columns import may_have_columns

        if may_have_columns(self._dialect()):
            return None
        return "columns need a delimiter, quote and escape of ASCII", "the records are read one by one otherwise"

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        from .csv_write import CsvEncoder

        return CsvEncoder(stream, self._dialect(), options)


@dataclass
class Tsv(Csv):
    """Tab-separated values: csv with a tab as the default delimiter."""

    type: ClassVar[str] = "tsv"
    extensions: ClassVar[tuple[str, ...]] = ("tsv", "tab")

    delimiter: str = "\t"
