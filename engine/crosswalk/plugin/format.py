"""Formats: bytes to batches of records, and records to bytes."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from types import TracebackType
from typing import Any, BinaryIO, ClassVar

from ..batch import Batch
from ..errors import PluginError
from .component import Component

NameTree = Mapping[str, "NameTree | None"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to cut batches, and where to resume.

    The defaults keep a batch of rows and what is made of it inside a processor's cache: with batches of 8,192 records
    the same work took twice as long. A batch ends at `records` or `bytes` (whichever is first). `record`: the record
    path of the mapping, if any. `namespaces`: prefixes for that path. `columns`: the only top-level names that will be
    read, None for all. `cursor`: a cursor from an earlier batch of the same stream (JSON value); decoding resumes right
    after it. `max_record_bytes`: a longer record is a clear error (a bad record where the reader can go on), never
    memory. `columnar`: the batches are wanted as columns, if the reader can (`Batch.of_records`, `Batch.of_arrow`); it
    may then cut batches as large as `records` and `bytes` say, which are meant for columns. `names`: what will be read
    of each record, as a tree: a name's value is the tree of what is read below it, through lists, None when all of it
    is. Readers may leave out the rest from the columns (never from rows). `columnar_from`: a shorter text is not worth
    columns. `still_columnar`: asked before each batch, whether columns are wanted; when it says no, they are not for
    now, and it is asked again further on. `unparsed`: batches of rows are wanted unparsed (`Batch.of_records`), if the
    reader can, as they may go to another process.
    """

    records: int = 200
    bytes: int = 64_000
    record: str | None = None
    namespaces: tuple[tuple[str, str], ...] = ()
    columns: frozenset[str] | None = None
    cursor: Any = None
    max_record_bytes: int = 64_000_000
    columnar: bool = False
    names: NameTree | None = None
    columnar_from: int = 0
    still_columnar: Callable[[], bool] | None = None
    unparsed: bool = False


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What the mapping's `target` says about the output.

    `columns`: all names that a record may have, in order; None where records decide. `first`: then, the names of the
    mapping's own fields, whose columns come before those of other names.
    """

    columns: tuple[str, ...] | None = None
    null_token: str = ""
    decimals: str = "number"
    schema: dict[str, Any] | None = None
    arrow_schema: Any = None
    first: tuple[str, ...] = ()


class Encoder(AbstractContextManager["Encoder"], ABC):
    """A session that writes records of one stream in one format."""

    kind: ClassVar[str] = "encoder"

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Append the batch's records to the stream. Raises DataError M313/M316 for a value the format cannot carry."""

    def encode(self, batch: Batch) -> bytes | memoryview | None:
        """What `write` would append for the batch, where that depends on nothing but the batch; else None.

        Called on any thread, several at once; whoever calls it appends the bytes, in order, with `append` of this
        encoder or of another one of the same format and options, once. Raises DataError like `write`.
        """
        return None

    def append(self, data: bytes | memoryview) -> None:
        """Append what `encode` made; nobody reads the data afterwards, so that its memory may be used again."""
        raise NotImplementedError

    @abstractmethod
    def finish(self) -> None:
        """Write what closes the document (brackets, footers). Does not close the stream. Called once."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()


class Format(Component):
    """A file format. `type` is its name in specs, `extensions` the file endings it claims (without dot)."""

    kind: ClassVar[str] = "format"
    extensions: ClassVar[tuple[str, ...]] = ()
    default_paths: ClassVar[str] = "jmespath"
    """The path language of a mapping whose `source.format` is this one."""
    empty: ClassVar[str] = "keep"
    """The default of `source.empty`: what `""` read from this format means (keep, missing, null)."""
    all_text: ClassVar[bool] = False
    """Whether every value of a record read is a text (csv); then the types of a mapping's outputs are better known."""
    appendable: ClassVar[bool] = False
    """Whether the encodings of two batches may simply be concatenated (ndjson yes, xml no)."""

    whole_objects: ClassVar[bool] = False
    """Whether columns that are read hold objects as they are, their members in order and null apart from missing; with
    False, mappings with expressions that look at whole objects, such as `max_by(lines, &qty)`, are given rows."""
    checks_first: ClassVar[bool] = False
    """Whether an encoder that raises DataError has written nothing of that batch, so that its other records may follow.
    """

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # Sources and sinks call formats themselves: only here is what they give looked at wherever they are used.
        for name, checked in (("decode", _checked_decode), ("encoder", _checked_encoder)):
            if name in vars(cls):
                setattr(cls, name, checked(vars(cls)[name]))

    @abstractmethod
    def decode(self, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        """Read a binary stream (already decompressed) to its end in bounded memory.

        Yields batches whose `cursor`, JSON-serialisable, resumes after them through `options.cursor`. Records that
        cannot be read come as `Batch.bad`. Raises ConnectorError with a C code when the document as a whole is broken.
        """

    @abstractmethod
    def encoder(self, stream: BinaryIO, options: WriteOptions) -> Encoder:
        """A writer for one output stream."""

    def without_columns(self, options: ReadOptions) -> tuple[str, str] | None:
        """Why `decode` never has columns for such options, and what to write instead; None where it may have them.

        Both are told to whoever asks how a mapping runs. `options`: as they are where columns are wanted.
        """
        return None


@dataclass(frozen=True)
class Encoding:
    """A format with the options to write it: what it takes to encode records anywhere."""

    format: Format
    options: WriteOptions

    def encoder(self) -> Encoder:
        """An encoder for `encode` only: it writes nowhere."""
        return self.format.encoder(io.BytesIO(), self.options)


def _checked_decode(decode: Callable[..., Any]) -> Callable[..., Iterator[Batch]]:
    @wraps(decode)
    def batches(self: Format, stream: BinaryIO, options: ReadOptions) -> Iterator[Batch]:
        found = decode(self, stream, options)
        if not hasattr(found, "__iter__") or isinstance(found, str | bytes | dict | Batch):
            raise _wrong(self, f"returned {_kind(found)} from decode, not batches", _BATCHES)
        try:
            for batch in found:
                if not isinstance(batch, Batch):
                    raise _wrong(self, f"gave {_kind(batch)} in decode, not batches", _BATCHES)
                yield batch
        finally:
            close = getattr(found, "close", None)
            if close is not None:
                close()

    return batches


def _checked_encoder(encoder: Callable[..., Any]) -> Callable[..., Encoder]:
    @wraps(encoder)
    def made(self: Format, stream: BinaryIO, options: WriteOptions) -> Encoder:
        found = encoder(self, stream, options)
        if not isinstance(found, Encoder):
            raise _wrong(self, f"returned {_kind(found)} from encoder", "return an instance of a subclass of Encoder")
        return found

    return made


_BATCHES = "yield Batch.of_rows([{...}, ...])"


def _wrong(format: Format, what: str, fix: str) -> PluginError:
    from .fault import wrong  # which knows sources, and they formats

    return wrong(format, what, fix)


def _kind(value: Any) -> str:
    from .fault import kind_of

    return kind_of(value)
