"""Memory that this process shares with its worker processes: large data goes over without a pipe."""

from __future__ import annotations

import mmap
import os
import pickle
import threading
import weakref
from dataclasses import dataclass
from typing import Any

_ALIGNED = 64
_STEP = 1 << 20
"""Areas grow by so many bytes."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A pickled value whose large parts lie in an area at `places` (start, end); in `data` where there is no area."""

    data: bytes
    area: int | None
    places: tuple[tuple[int, int], ...] = ()

    @property
    def end(self) -> int:
        """How much of the area it takes."""
        return self.places[-1][1] if self.places else 0


class Area:
    """Some memory, as one process sees it. Grown by either side, it keeps what it holds."""

    def __init__(self, number: int, descriptor: int) -> None:
        self._number = number
        self.descriptor = descriptor
        self._map: mmap.mmap | None = None

    def pack(self, value: Any) -> Parcel:
        """A value as a parcel in the area, over what it held."""
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(value, 5, buffer_callback=buffers.append)
        raw = [buffer.raw() for buffer in buffers]
        places, end = [], 0
        for part in raw:
            start = -(-end // _ALIGNED) * _ALIGNED
            end = start + part.nbytes
            places.append((start, end))
        target = self._mapped(end) if end else bytearray()
        for part, (start, end) in zip(raw, places, strict=True):
            target[start:end] = part
        return Parcel(data, self._number, tuple(places))

    def copied(self, parcel: Parcel) -> Any:
        """The value of a parcel that came through the area; with copies, as the answer goes over it."""
        source = self._mapped(parcel.end) if parcel.end else b""
        return pickle.loads(parcel.data, buffers=[source[start:end] for start, end in parcel.places])

    def view(self, size: int) -> mmap.mmap:
        """A map of its own over the first bytes: as long as it lives, something refers to what is there."""
        flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
        return mmap.mmap(self.descriptor, size, flags=flags, prot=mmap.PROT_READ)

    def _mapped(self, size: int) -> mmap.mmap:
        # Kept, as each page costs a fault when it is first written through a map.
        if self._map is None or len(self._map) < size:
            held = os.fstat(self.descriptor).st_size
            if held < size:
                held = -(-size // _STEP) * _STEP
                os.ftruncate(self.descriptor, held)
            self._map = mmap.mmap(self.descriptor, held)
        return self._map


class Areas:
    """Some areas, of which each serves one call at a time. Made before the workers, which see the same memory."""

    def __init__(self, count: int) -> None:
        """`count` areas, or none where the system has no memory without a name."""
        wanted = count if hasattr(os, "memfd_create") else 0
        self.all = [Area(number, os.memfd_create(f"crosswalk-{number}")) for number in range(wanted)]
        self._free = list(range(len(self.all)))
        self._closed = False
        # What gives an area back may run at any moment, also while this thread holds the lock.
        self._lock = threading.RLock()

    def lease(self) -> Lease | None:
        """An area for one call; None when all are in use."""
        with self._lock:
            # The one used last is still in the processor's cache.
            return Lease(self, self._free.pop()) if self._free else None

    def give_back(self, area: int) -> None:
        """Let it serve another call."""
        with self._lock:
            if not self._closed:
                self._free.append(area)
                return
        os.close(self.all[area].descriptor)

    def close(self) -> None:
        """Lease no more. What is in use stays until it is given back."""
        with self._lock:
            self._closed = True
            free, self._free = self._free, []
        for area in free:
            os.close(self.all[area].descriptor)


class Lease:
    """An area for one call: what was received through it may be used, and then is given back by itself."""

    def __init__(self, areas: Areas, area: int) -> None:
        self._areas = areas
        self._number = area
        self._area = areas.all[area]

    def pack(self, value: Any) -> Parcel:
        """See Area."""
        return self._area.pack(value)

    def received(self, parcel: Parcel) -> Any:
        """The value of the answer, whose large parts are views of the area. Ends the lease once they are gone."""
        if not parcel.end:
            self.drop()
            return pickle.loads(parcel.data, buffers=[b"" for _ in parcel.places])
        view = self._area.view(parcel.end)
        weakref.finalize(view, self._areas.give_back, self._number).atexit = False
        return pickle.loads(parcel.data, buffers=[memoryview(view)[start:end] for start, end in parcel.places])

    def drop(self) -> None:
        """End it where nothing was received."""
        self._areas.give_back(self._number)
