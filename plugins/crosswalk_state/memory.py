"""The memory backend: state that ends with the process."""

from __future__ import annotations

import json
import threading
import time
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from crosswalk import Duration, Entry, Put, StateBackend, Store

from .keys import encode, past

Key = tuple[str, ...]
_SHARED: dict[str, MemoryStore] = {}
KEEP = Duration(90 * 86400.0)


@dataclass(frozen=True)
class MemoryBackend(StateBackend):
    """State in memory: for tests, and for runs that need not be resumed.

    `name`: opens with the same name share one store within the process; "" makes a new one each time.
    `retention`: how long finished files, runs and closed rejects are remembered.
    """

    type: ClassVar[str] = "memory"
    name: str = ""
    retention: Duration = KEEP

    @contextmanager
    def open(self) -> Iterator[Store]:
        """A store; nothing can fail."""
        yield _SHARED.setdefault(self.name, MemoryStore()) if self.name else MemoryStore()


class MemoryStore:
    """The contract over a dict and a sorted list of keys; values are kept as JSON text, so nothing is shared."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._data: dict[bytes, tuple[Key, str, int, float | None]] = {}
        self._order: list[bytes] = []
        self._version = 0

    def get(self, key: Key) -> Entry | None:
        """See Store."""
        with self._lock:
            held = self._live(encode(key))
            return None if held is None else Entry(json.loads(held[1]), held[2])

    def _live(self, code: bytes) -> tuple[Key, str, int, float | None] | None:
        held = self._data.get(code)
        return None if held is None or (held[3] is not None and held[3] <= time.time()) else held

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        """See Store."""
        text = json.dumps(value)
        with self._lock:
            code = encode(key)
            if code not in self._data:
                insort(self._order, code)
            self._version += 1
            self._data[code] = (key, text, self._version, None if ttl is None else time.time() + ttl)
            return self._version

    def delete(self, key: Key) -> None:
        """See Store."""
        with self._lock:
            code = encode(key)
            if self._data.pop(code, None) is not None:
                del self._order[bisect_left(self._order, code)]

    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        """See Store."""
        start, end = encode(prefix), past(encode(prefix))
        with self._lock:
            at = bisect_left(self._order, start if after is None else max(start, encode(after) + b"\0"))
            found: list[tuple[Key, str, int]] = []
            while at < len(self._order) and self._order[at] < end and (limit is None or len(found) < limit):
                held = self._live(self._order[at])
                if held is not None and (after is None or held[0] != after):
                    found.append((held[0], held[1], held[2]))
                at += 1
        for key, text, version in found:
            yield key, Entry(json.loads(text), version)

    def transact(
        self,
        checks: Sequence[tuple[Key, int | None]] = (),
        puts: Sequence[Put] = (),
        deletes: Sequence[Key] = (),
    ) -> bool:
        """See Store."""
        with self._lock:
            for key, version in checks:
                held = self._live(encode(key))
                if (None if held is None else held[2]) != version:
                    return False
            for put in puts:
                json.dumps(put.value)
            for put in puts:
                self.put(put.key, put.value, ttl=put.ttl)
            for key in deletes:
                self.delete(key)
            return True
