"""The files sink: records to files that appear under their final names only when whole."""

from __future__ import annotations

import hashlib
import os
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crosswalk import MISSING, Context, Sink, Size, UsageError, Writer, text_of

from . import storage

_NAME = re.compile(r"\{(\w[^{}:]*)(?::(\d+))?\}")


@dataclass(frozen=True)
class Split:
    """When a file is full and the next one begins.

    `records`: at this many records.
    `bytes`: at this size, before compression, to the nearest thousand records.
    """

    records: int | None = None
    bytes: Size | None = None


@dataclass(frozen=True)
class FilesSink(Sink):
    """Writes files, effectively once: staged beside the target, renamed when whole, position kept with the records.

    `url`: the final name. `{field}` partitions by a field of the records, `{part}` or `{part:5}` is the number of a
    split file; without it the number stands before the ending. An ending .gz, .bz2, .xz or .zst compresses. A file of
    that name is replaced, so put `${run.id}` or `${run.date}` in it to keep the files of earlier runs.
    `format`: a format's type, or an object with `type` and its settings; by the file's ending when absent.
    `split`: when to begin the next file.
    `empty`: write the file even when no record came (not for partitioned files).
    `max_open`: how many files may be open at once; more partitions than that are an error.
    """

    type: ClassVar[str] = "files"
    delivers: ClassVar[str] = "commit"
    replaces: ClassVar[str] = "url"
    url: str
    format: str | dict[str, Any] | None = None
    split: Split = Split()
    empty: bool = False
    max_open: int = 200
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> FilesSink:
        """With absolute paths and the formats of the run.

        Raises UsageError P111 when the name tells no format, P117 when it is made of a field that the output has not.
        """
        bound = replace(self, url=context.path(self.url), _context=context)
        for name in self.partition if context.whole else ():
            if name not in context.types:
                raise UsageError(
                    "P117", f"url: the output has no field {name!r}",
                    notes=[f"fields: {', '.join(context.types)}"], fix=f"what the run gives is written ${{{name}}}"
                    if name.startswith(("run.", "params.", "env.")) else "name one of the fields",
                )  # fmt: skip
        context.format(self.format, bound.name_of(("x",) * len(bound.partition), 1))
        return bound

    def check(self) -> list[str]:
        """Splitting needs a positive size."""
        return [
            f"split.{name} must be at least 1"
            for name, value in (("records", self.split.records), ("bytes", self.split.bytes))
            if value is not None and value < 1
        ]

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session. With an error inside, what was committed stays staged for the next run; the rest is dropped."""
        from .writer import FilesWriter

        writer = FilesWriter(self, self._context)
        writer.start()
        try:
            yield writer
        except BaseException:
            writer.abandon()
            raise
        writer.close()

    def probe(self) -> str:
        """Whether the folder can be written to."""
        if storage.is_local(self.url):
            return storage.probe_folder(os.path.dirname(self.staging_path()))
        storage.file_system(self.url)
        return f"{self.url}: the storage is known"

    def source_config(self) -> dict[str, Any]:
        """The files source over everything that was written under the name's pattern."""
        url = re.sub(r"\$\{[^}]*\}", "*", self.url)
        url = _NAME.sub("*", url)
        if self.split != Split() and url == self.url:
            stem, ending = _stem(url)
            url = f"{stem}-*{ending}"
        config: dict[str, Any] = {"type": "files", "url": url}
        return config | ({"format": self.format} if self.format is not None else {})

    @property
    def partition(self) -> list[str]:
        """The fields that the name is made of."""
        return [name for name, _ in _NAME.findall(self.url) if name != "part"]

    def name_of(self, values: tuple[str, ...], part: int) -> str:
        """The final name of a partition's file number `part` (from 1)."""
        found = dict(zip(self.partition, values, strict=True))
        splits = self.split != Split()

        def text(match: re.Match[str]) -> str:
            if match[1] == "part":
                return f"{part:0{int(match[2] or 5)}}"
            return found[match[1]]

        name = _NAME.sub(text, self.url)
        if splits and not any(match[0] == "part" for match in _NAME.findall(self.url)):
            stem, ending = _stem(name)
            name = f"{stem}-{part:05}{ending}"
        return name

    def key_of(self, record: Any) -> tuple[str, ...]:
        """A record's values of the partition fields, made safe for file names without making two values one."""
        return tuple(_safe(record.get(name, MISSING)) for name in self.partition)

    def staging_path(self) -> str:
        """The hidden folder beside the first fixed folder of the name, on the same file system."""
        owner = f"{self._context.scope}|{self._context.stream}"
        if not storage.is_local(self.url):
            label = hashlib.sha256(f"{owner}|{_NAME.sub('*', self.url)}".encode()).hexdigest()[:12]
            return self._context.path(f".crosswalk/staging/{label}")
        # Not the name: it changes from run to run (run.id), while the next run must find what this one left.
        label = hashlib.sha256(owner.encode()).hexdigest()[:12]
        return os.path.join(os.path.dirname(_NAME.split(self.url)[0] + "x"), f".crosswalk-{label}")


def _stem(name: str) -> tuple[str, str]:
    folder, _, last = name.rpartition("/")
    stem, dot, endings = last.partition(".")
    return (f"{folder}/" if folder else "") + stem, dot + endings


def _safe(value: Any) -> str:
    if value is MISSING or value is None:
        return "__null__"
    if isinstance(value, dict | list):
        raise UsageError("P114", "a partition field must be a text, number, date or boolean, not a list or object")
    return urllib.parse.quote(text_of(value), safe=" ").replace(".", "%2E") or "__empty__"
