"""JSON documents: the `json` format and its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, ClassVar

from crosswalk import Batch, Encoder, Format, ReadOptions, WriteOptions


@dataclass
class Json(Format):
    """One JSON document of any size, read as a stream of its records. Numbers keep their exact digits.

    Without a record path, the items of a top-level list are the records, and anything else is one record.

    `record`: The path of the records, of names and [*], such as `data.orders.edges[*].node`; a path of names that
        leads to a list means its items, and each [*] goes through one more list.
    `indent`: When writing, spread each record over several lines.
    """

    type: ClassVar[str] = "json"
    extensions: ClassVar[tuple[str, ...]] = ("json",)
    checks_first: ClassVar[bool] = True

    record: str | None = None
    indent: bool = False

    def __post_init__(self) -> None:
        if self.record is not None:
            from .json_path import parse_record_path

            parse_record_path(self.record)

    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        from .json_path import parse_record_path
        from .json_read import read_json

        path = options.record or self.record
        return read_json(stream, parse_record_path(path) if path else None, options)

    def without_columns(self, options: ReadOptions) -> tuple[str, str] | None:
        from .json_path import EACH, parse_record_path
        from .named_columns import unnamed

        path = options.record or self.record
        steps = parse_record_path(path) if path else ()
        if (EACH, EACH) in pairwise(steps):
            return "records in lists within lists are read one list at a time", '"explode" goes through the inner lists'
        return unnamed(self, options)

    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        from .json_write import JsonArray

        return JsonArray(stream, options, indent=self.indent)
