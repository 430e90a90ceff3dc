"""The files source: every file that a path or glob names, each followed by its identity."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from crosswalk import Batch, ConnectorError, Context, Duration, Part, PartChanged, PartVanished, Source

from . import storage

NOW = Duration(0.0)


@dataclass(frozen=True)
class After:
    """What happens to a file when it is finished.

    `processed`: "keep", "delete" or "move:FOLDER/", once its records are durable.
    `failed`: the same, once its attempts are used up.
    """

    processed: str = "keep"
    failed: str = "keep"


@dataclass(frozen=True)
class FilesSource(Source):
    """Records of files.

    `url`: a path, or an fsspec url; `*`, `?`, `[a-z]`, `{a,b}` and `**` are wildcards.
    `format`: a format's type, or an object with `type` and its settings; by the file's ending when absent.
    `compression`: gzip, zstd, bzip2, xz or none; by the file's ending when absent.
    `order`: name or modified (oldest first, equal times by name).
    `settle`: files changed less than this long ago are left for the next run: they may still be written.
    `identity`: stat (name, size, time) or content (a hash as well, for copies that keep size and time).
    `after`: what happens to a finished file.
    """

    type: ClassVar[str] = "files"
    url: str
    format: str | dict[str, Any] | None = None
    compression: Literal["gzip", "zstd", "bzip2", "xz", "none"] | None = None
    order: Literal["name", "modified"] = "name"
    settle: Duration = NOW
    identity: Literal["stat", "content"] = "stat"
    after_: After = After()
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> FilesSource:
        """With absolute paths and the formats of the run. UsageError P111 where the url tells that there is none."""
        name = self.url.rsplit("/", 1)[-1]
        if self.format is not None or _tells_format(name):
            context.format(self.format, name)
        return replace(self, url=context.path(self.url), _context=context)

    def check(self) -> list[str]:
        """Actions must be ones there are."""
        return [
            f"after: {action!r} is not keep, delete or move:FOLDER/"
            for action in (self.after_.processed, self.after_.failed)
            if action not in ("keep", "delete") and not (action.startswith("move:") and len(action) > 5)
        ]

    def parts(self) -> Iterator[Part]:
        """The files there are, in order; those still settling are left out."""
        found = list(storage.listing(self.url))
        found.sort(key=lambda part: (part.modified or 0, part.name) if self.order == "modified" else part.name)
        now = time.time()
        for part in found:
            if self.settle and part.modified is not None and 0 <= now - part.modified < self.settle:
                continue
            if self.identity == "content":
                try:
                    yield replace(part, etag=_digest(part.name))
                except FileNotFoundError:
                    continue
            else:
                yield part

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        """All files one after the other, for use without an engine; the cursor is (name, cursor in the file)."""
        name, inner = cursor or ("", None)
        for part in self.parts():
            if part.name < name:
                continue
            for batch in self.read_part(part, inner if part.name == name else None):
                batch.cursor = [part.name, batch.cursor]
                yield batch

    def read_part(self, part: Part, cursor: Any = None) -> Iterator[Batch]:
        """Batches of one file; see SupportsParts."""
        try:
            with storage.opened(part.name) as stream:
                if storage.is_local(part.name):
                    _unchanged(part, os.fstat(stream.fileno()))
                yield from self._decode(part, stream, cursor)
                if storage.is_local(part.name):
                    _unchanged(part, os.fstat(stream.fileno()))
        except FileNotFoundError as error:
            if storage.stat(part.name) is not None:  # another file, that the format asked for
                raise storage.surfaced(error, error.filename or part.name) from error
            raise PartVanished(f"{part.name} was there when the files were listed and is gone") from error
        except OSError as error:
            raise storage.surfaced(error, part.name) from error

    def _decode(self, part: Part, stream: Any, cursor: Any) -> Iterator[Batch]:
        from crosswalk import open_decompressed

        plain = open_decompressed(stream, part.name, compression=self.compression)
        decoder = self._context.format(self.format, part.name)
        for batch in decoder.decode(plain, replace(self._context.read, cursor=cursor)):
            if batch.file is None:
                batch.file = part.name
            yield batch

    def after(self, part: Part, outcome: Literal["processed", "failed"], where: str) -> None:
        """Move or delete the file, unless another one has taken its place."""
        now = storage.stat(part.name)
        if now is None or (now.size, now.modified) != (part.size, part.modified):
            return
        if where == "delete":
            storage.delete(part.name)
        elif where.startswith("move:"):
            storage.move(part.name, where.removeprefix("move:"))

    def after_action(self, outcome: Literal["processed", "failed"]) -> str:
        """The action, its folder absolute."""
        action: str = getattr(self.after_, outcome)
        if action.startswith("move:"):
            return "move:" + self._context.path(action.removeprefix("move:"))
        return "" if action == "keep" else action


def _tells_format(name: str) -> bool:
    """Whether all files of a pattern have one ending: `*.csv`, not `*`, `*.{csv,json}` or `*.gz`."""
    parts = re.split(r"[*?\]}]", name)
    ending = parts[-1].split(".")[1:]
    return bool(ending) and (len(parts) == 1 or not set(ending) <= {"gz", "bz2", "xz", "zst"})


def _unchanged(part: Part, found: os.stat_result) -> None:
    if (found.st_size, found.st_mtime_ns / 1e9) != (part.size, part.modified):
        raise PartChanged(f"{part.name} changed after the files were listed")


def _digest(name: str) -> str:
    digest = hashlib.sha256()
    try:
        with storage.opened(name) as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConnectorError("C105", f"{name}: {error.strerror or error}") from error
    return digest.hexdigest()
