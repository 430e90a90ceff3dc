"""Newline-delimited JSON: the `ndjson` format and its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from crosswalk import Batch, Encoder, Format, ReadOptions, WriteOptions


@dataclass
class Ndjson(Format):
    """One JSON value per line. Numbers keep their exact digits; of equal keys in an object the last one wins.

    Blank lines are passed over. A line that is no JSON (NaN and Infinity are none) is a bad record; reading goes on.

    `record`: The path of the records within each line, of names and [*], such as `payload.items[*]`; null: the line.
    """

    type: ClassVar[str] = "ndjson"
    extensions: ClassVar[tuple[str, ...]] = ("ndjson", "jsonl")
    appendable: ClassVar[bool] = True
    checks_first: ClassVar[bool] = True

    record: str | None = None

    def __post_init__(self) -> None:
        if self.record is not None:
            from .json_path import parse_record_path

            parse_record_path(self.record)

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        from .json_path import parse_record_path
        from .ndjson_blocks import read_blocks
        from .ndjson_read import read_ndjson

        path = options.record or self.record
        if options.columnar and options.names is not None and not path:
            return read_blocks(stream, options.names, options)
        return read_ndjson(stream, parse_record_path(path) if path else None, options)

    def without_columns(self, options: ReadOptions) -> tuple[str, str] | None:
        from .named_columns import unnamed

        if options.record or self.record:
            return (
                "the records within each line are read line by line",
                'in place of a record path, "explode" the lines',
            )
        return unnamed(self, options)

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        from .json_write import JsonLines

        return JsonLines(stream, options)
