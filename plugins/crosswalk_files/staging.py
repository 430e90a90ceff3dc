"""The staging folder of a files sink: segments, the manifest that commits them, and publishing by rename.

Protocol: segments are written and synced; then the manifest, replaced in one rename, says which bytes of which segments
count, which files are to be published, and the cursor; then files are renamed to their final names. Whoever opens the
folder next finishes the renames and drops what the manifest does not count.

Everything lives in a folder named by the fence of its owner. A new owner takes it over by renaming that folder, in one
step: from then on every path of the old owner leads nowhere, so it can neither commit nor publish, wherever it was
stopped. It may still hold a segment open; therefore only segments of the own session are renamed, others are copied.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from crosswalk import StateError

from . import storage


@dataclass
class OpenFile:
    """A file that is being written: its segments as [name, committed bytes], and what is in them."""

    segments: list[list[Any]] = field(default_factory=list)
    records: int = 0


@dataclass
class Manifest:
    """What is committed. `files`: unfinished files by final name; `publish`: pairs of staged and final names."""

    run: str = ""
    token: Any = None
    files: dict[str, OpenFile] = field(default_factory=dict)
    publish: list[list[str]] = field(default_factory=list)
    splits: dict[str, int] = field(default_factory=dict)


class Staging:
    """The folder `root`. All methods raise ConnectorError for disk errors, StateError S110 when the fence is lost."""

    def __init__(self, root: str, fence: int, run: str) -> None:
        self.root = root
        self.path = os.path.join(root, f"{fence:012}")
        self.fence = fence
        self.run = run
        self.manifest = Manifest()
        # A run may open the folder several times under one fence: each opening names segments of its own.
        self._session = secrets.token_hex(4)
        self._number = 0

    def start(self) -> None:
        """Make or take over the folder: finish renames, drop what is not counted."""
        try:
            os.makedirs(self.root, exist_ok=True)
        except OSError as error:
            raise storage.surfaced(error, self.root) from error
        with self._guarded():
            self._take_over()
            self.manifest = self._load()
            self._publish()
            if self.manifest.run not in ("", self.run):
                # Committed records of a run that will not go on: they are durable and counted, so they must appear.
                self.manifest.publish = [[self.whole(file), name] for name, file in self.manifest.files.items()]
                self.manifest.files = {}
                self.manifest.splits = {}
                self._save()
                self._publish()
            self.manifest.run = self.run
            self._save()
            counted = {name for file in self.manifest.files.values() for name, _ in file.segments}
            for name in os.listdir(self.path):
                if name not in counted and name != "manifest.json":
                    os.unlink(self.join(name))

    def _take_over(self) -> None:
        found = self._owners()
        if found and found[-1] > self.fence:
            raise self._lost()
        if not found:
            os.mkdir(self.path)
            if self._owners()[-1] > self.fence:
                raise self._lost()
        elif found[-1] != self.fence:
            os.rename(os.path.join(self.root, f"{found[-1]:012}"), self.path)
        for left in found[:-1]:
            shutil.rmtree(os.path.join(self.root, f"{left:012}"), ignore_errors=True)
        _sync_folder(self.root)

    def _owners(self) -> list[int]:
        return sorted(int(name) for name in os.listdir(self.root) if name.isdigit())

    def segment(self) -> str:
        """A new segment's name."""
        self._number += 1
        return f"{self._session}-{self._number:06}"

    def join(self, name: str) -> str:
        """The path of a segment."""
        return os.path.join(self.path, name)

    def create(self, name: str) -> BinaryIO:
        """A new segment to write to."""
        with self._guarded():
            return open(self.join(name), "wb")

    def commit(self, manifest: Manifest) -> None:
        """Make the manifest the committed one and publish what it says."""
        with self._guarded():
            _sync_folder(self.path)
            self.manifest = manifest
            self._save()
            self._publish()

    def whole(self, file: OpenFile) -> str:
        """One staged file of all segments of an open file; the segment itself when there is just one of our own."""
        with self._guarded():
            name, length = file.segments[0]
            if len(file.segments) == 1 and str(name).startswith(self._session):
                return str(name)
            joined = self.segment()
            with open(self.join(joined), "wb") as target:
                for name, length in file.segments:
                    _copy(self.join(name), target, length)
                target.flush()
                os.fsync(target.fileno())
            return joined

    def close(self) -> None:
        """Remove the folder when nothing is left in it to publish or to continue."""
        with contextlib.suppress(OSError):
            if not self.manifest.files and not self.manifest.publish:
                for name in os.listdir(self.path):
                    os.unlink(self.join(name))
                os.rmdir(self.path)
                os.rmdir(self.root)

    def _lost(self) -> StateError:
        return StateError(
            "S110",
            "another run has taken over this pipeline; nothing more is committed",
            fix="let the other run finish; raise lock.ttl when runs are often suspended",
        )

    def _load(self) -> Manifest:
        try:
            with open(self.join("manifest.json"), encoding="utf-8") as stream:
                data = json.load(stream)
        except FileNotFoundError:
            return Manifest()
        data["files"] = {name: OpenFile(**file) for name, file in data["files"].items()}
        return Manifest(**data)

    def _save(self) -> None:
        temporary = self.join("manifest.new")
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(asdict(self.manifest), stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, self.join("manifest.json"))
        _sync_folder(self.path)

    def _publish(self) -> None:
        for staged, final in self.manifest.publish:
            if os.path.exists(self.join(staged)):
                _publish_one(self.join(staged), final)
        if self.manifest.publish:
            self.manifest.publish = []
            self._save()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if not os.path.isdir(self.path):
                raise self._lost() from error
            raise storage.surfaced(error, error.filename or self.path) from error
        except OSError as error:
            raise storage.surfaced(error, error.filename or self.path) from error


def _publish_one(staged: str, final: str) -> None:
    from crosswalk import open_compressed

    ending = final.rsplit(".", 1)[-1].lower()
    if ending in ("gz", "bz2", "xz", "zst"):
        packed = f"{staged}.packed"
        with open(staged, "rb") as plain, open(packed, "wb") as target:
            with open_compressed(target, final) as stream:
                _copy_all(plain, stream)
            target.flush()
            os.fsync(target.fileno())
    else:
        packed = staged
    if storage.is_local(final):
        folder = os.path.dirname(final) or "."
        os.makedirs(folder, exist_ok=True)
        os.replace(packed, final)
        _sync_folder(folder)
    else:
        storage.file_system(final).put_file(packed, final)
        os.unlink(packed)
    if packed != staged:
        os.unlink(staged)


def _copy(path: str, target: Any, length: int) -> None:
    with open(path, "rb") as stream:
        while length and (chunk := stream.read(min(1 << 20, length))):
            target.write(chunk)
            length -= len(chunk)


def _copy_all(source: Any, target: Any) -> None:
    while chunk := source.read(1 << 20):
        target.write(chunk)


def _sync_folder(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # Windows cannot open a folder
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
