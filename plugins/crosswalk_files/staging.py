"""The staging folder of a files sink: segments, the manifest that commits them, and publishing by rename.

Protocol: segments are written and synced; then the manifest, replaced in one rename, says which bytes of which segments
count, which files are to be published, and the cursor; then files are renamed to their final names. Whoever opens the
folder next finishes the renames and drops what the manifest does not count. Each opening writes its fence into the
manifest and names its segments by it, so that a run that lost its lease can neither commit nor spoil a segment.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from crosswalk import StateError

from . import storage

LOCK_WAIT = 30.0


@dataclass
class OpenFile:
    """A file that is being written: its segments as [name, committed bytes], and what is in them."""

    segments: list[list[Any]] = field(default_factory=list)
    records: int = 0


@dataclass
class Manifest:
    """What is committed. `files`: unfinished files by final name; `publish`: pairs of staged and final names."""

    fence: int = 0
    run: str = ""
    token: Any = None
    files: dict[str, OpenFile] = field(default_factory=dict)
    publish: list[list[str]] = field(default_factory=list)
    splits: dict[str, int] = field(default_factory=dict)


class Staging:
    """The folder `path`. All methods raise ConnectorError for disk errors, StateError S110 when the fence is lost."""

    def __init__(self, path: str, fence: int, run: str) -> None:
        self.path = path
        self.fence = fence
        self.run = run
        self.manifest = Manifest()
        # A run may open the folder several times under one fence: each opening names segments of its own.
        self._session = secrets.token_hex(4)
        self._number = 0

    def start(self) -> None:
        """Make or take over the folder: finish renames, drop what is not counted."""
        with _disk(self.path), self._locked(create=True):
            self.manifest = self._load() or Manifest()
            if self.manifest.fence > self.fence:
                raise self._lost()
            self._publish()
            if self.manifest.run not in ("", self.run):
                # Committed records of a run that will not go on: they are durable and counted, so they must appear.
                self.manifest.publish = [[self.whole(file), name] for name, file in self.manifest.files.items()]
                self.manifest.files = {}
                self.manifest.splits = {}
                self._save()
                self._publish()
            self.manifest.fence = self.fence
            self.manifest.run = self.run
            self._save()
            counted = {name for file in self.manifest.files.values() for name, _ in file.segments}
            for name in os.listdir(self.path):
                if name not in counted and name not in ("manifest.json", "lock"):
                    os.unlink(os.path.join(self.path, name))

    def segment(self) -> str:
        """A new segment's name."""
        self._number += 1
        return f"{self.fence:08}-{self._session}-{self._number:06}"

    def join(self, name: str) -> str:
        """The path of a segment."""
        return os.path.join(self.path, name)

    def commit(self, manifest: Manifest) -> None:
        """Make the manifest the committed one and publish what it says."""
        with _disk(self.path), self._locked():
            found = self._load()
            if found is None or found.fence != self.fence:
                raise self._lost()
            _sync_folder(self.path)
            self.manifest = manifest
            self._save()
            self._publish()

    def whole(self, file: OpenFile) -> str:
        """One staged file of all segments of an open file; the segment itself when there is just one."""
        with _disk(self.path):
            if len(file.segments) == 1:
                name, length = file.segments[0]
                if os.path.getsize(self.join(name)) != length:
                    os.truncate(self.join(name), length)
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
        with contextlib.suppress(OSError), self._locked():
            found = self._load()
            if found is not None and found.fence == self.fence and not found.files and not found.publish:
                for name in os.listdir(self.path):
                    if name != "lock":
                        os.unlink(self.join(name))
                os.unlink(self.join("lock"))
                os.rmdir(self.path)

    def _lost(self) -> StateError:
        return StateError(
            "S110",
            "another run has taken over this pipeline; nothing more is committed",
            fix="let the other run finish; raise lock.ttl when runs are often suspended",
        )

    def _load(self) -> Manifest | None:
        try:
            with open(self.join("manifest.json"), encoding="utf-8") as stream:
                data = json.load(stream)
        except FileNotFoundError:
            return None
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
    def _locked(self, create: bool = False) -> Iterator[None]:
        """Hold the folder's lock, so that checking the fence and replacing the manifest is one step."""
        if create:
            os.makedirs(self.path, exist_ok=True)
        try:
            import fcntl
        except ImportError:  # Windows: the lease alone has to do
            yield
            return
        try:
            handle = os.open(self.join("lock"), os.O_RDWR | (os.O_CREAT if create else 0), 0o644)
        except FileNotFoundError as error:
            raise self._lost() from error
        try:
            deadline = time.monotonic() + LOCK_WAIT
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise StateError(
                            "S111", f"another process holds {self.path}", fix="end the run that holds it"
                        ) from error
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)


def _publish_one(staged: str, final: str) -> None:
    from crosswalk_formats.compression import open_compressed

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


@contextlib.contextmanager
def _disk(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage.surfaced(error, error.filename or path) from error
