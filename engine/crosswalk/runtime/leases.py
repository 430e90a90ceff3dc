"""Leases: one run of a pipeline at a time, taken over when its owner is gone, fenced when it comes back."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
import uuid
from types import TracebackType
from typing import Any, Self

from ..errors import EnvironmentFailure, StateError
from ..plugin.state import Entry, Key, Put, Store


def lease_key(scope: str) -> Key:
    """Where the lease is kept: owner, expiry, host, pid."""
    return ("lease", scope)


def fence_key(scope: str) -> Key:
    """Where the fencing number is kept; it changes only when the lease changes hands."""
    return ("fence", scope)


class Lease:
    """The right to run one pipeline, renewed by a thread while the context is open.

    `fence` is the fencing number: it only rises, by one with each owner. `commit` writes only while nobody else has
    taken the lease: not by the clock, but by checking the fence in the same transaction.
    Times are of the wall clock, because several machines compare them. A jump forward can only make a takeover early,
    and the fence makes that harmless; after a jump back the next to come shortens the lease to one ttl from now.
    """

    def __init__(self, store: Store, scope: str, *, ttl: float = 60.0, wait: float = 0.0) -> None:
        self._store = store
        self.scope = scope
        self._ttl = ttl
        self._wait = wait
        self.owner = uuid.uuid4().hex
        self.fence = 0
        self.lost = False
        self._fence_version: int | None = None
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Acquire. Raises EnvironmentFailure S120 when another run keeps it longer than `wait` seconds."""
        deadline = time.monotonic() + self._wait
        while True:
            holder = self._try()
            if holder is None:
                break
            if time.monotonic() >= deadline:
                raise _held(self.scope, holder)
            time.sleep(random.uniform(0.02, 0.2))
        self._thread = threading.Thread(target=self._renew_always, name=f"lease {self.scope}", daemon=True)
        self._thread.start()
        return self

    def _try(self) -> Any:
        """None when acquired, else what the holder wrote."""
        now = time.time()
        lease, fence = self._store.get(lease_key(self.scope)), self._store.get(fence_key(self.scope))
        if lease is not None and lease.value["expires"] > now and not _is_dead(lease.value):
            return self._shortened(lease, now)
        number = (fence.value["fence"] if fence else 0) + 1
        taken = self._store.transact(
            checks=[
                (lease_key(self.scope), lease.version if lease else None),
                (fence_key(self.scope), fence.version if fence else None),
            ],
            puts=[
                Put(lease_key(self.scope), self._value(now)),
                Put(fence_key(self.scope), {"fence": number, "owner": self.owner}),
            ],
        )
        if not taken:
            return {"owner": "another run", "host": "?", "pid": "?", "expires": now}
        self.fence = number
        self._fence_version = _version(self._store, fence_key(self.scope))
        return None

    def _shortened(self, lease: Entry, now: float) -> Any:
        """What the holder wrote; after a jump back of the clock its lease lasts a ttl from now, not hours."""
        held: dict[str, Any] = lease.value
        if now >= held["renewed"]:
            return held
        held = held | {"expires": now + held["expires"] - held["renewed"], "renewed": now}
        # The holder renews by its fence, so that this does it no harm.
        self._store.transact([(lease_key(self.scope), lease.version)], [Put(lease_key(self.scope), held)])
        return held

    def _value(self, now: float) -> dict[str, Any]:
        return {
            "owner": self.owner,
            "expires": now + self._ttl,
            "renewed": now,
            "host": socket.gethostname(),
            "place": _place(),
            "pid": os.getpid(),
            "begun": _begun(os.getpid()),
        }

    def _renew_always(self) -> None:
        while not self._end.wait(self._ttl / 3):
            try:
                if not self._renew():
                    self.lost = True
                    return
            except StateError:
                # The next beat tries again; a commit meanwhile meets the same error and surfaces it.
                continue

    def _renew(self) -> bool:
        return self._store.transact(self._ours(), [Put(lease_key(self.scope), self._value(time.time()))])

    def _ours(self) -> list[tuple[Key, int | None]]:
        """The check that nobody else has taken the lease: whoever does raises the fence in the same transaction."""
        return [(fence_key(self.scope), self._fence_version)]

    def check(self) -> None:
        """Raise StateError S110 when the lease has changed hands."""
        found = self._store.get(fence_key(self.scope))
        if self.lost or found is None or found.value["owner"] != self.owner:
            self.lost = True
            raise lost(self.scope)

    def commit(self, puts: list[Put], deletes: list[Key] | None = None) -> None:
        """Write all or, when the lease has changed hands, nothing and raise StateError S110."""
        if not self._store.transact(self._ours(), puts, deletes or []):
            self.lost = True
            raise lost(self.scope)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release, if it is still ours; the fencing number stays."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(self._ttl)  # no longer: it may hang in a state that does not answer
        try:
            if not self.lost:
                self._store.transact(self._ours(), deletes=[lease_key(self.scope)])
        except StateError:
            if kind is None:
                raise


def unlock(store: Store, scope: str) -> Any:
    """End the lease whoever holds it, and fence its owner off; returns what the holder had written, None for none."""
    lease, fence = store.get(lease_key(scope)), store.get(fence_key(scope))
    if lease is None:
        return None
    number = (fence.value["fence"] if fence else 0) + 1
    done = store.transact(
        [(lease_key(scope), lease.version), (fence_key(scope), fence.version if fence else None)],
        [Put(fence_key(scope), {"fence": number, "owner": ""})],
        [lease_key(scope)],
    )
    return lease.value if done else unlock(store, scope)


def _place() -> str:
    """Names what a process number is valid in: the boot of this machine and the container; "" where unknown."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            return f"{stream.read().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _is_dead(holder: Any) -> bool:
    """Whether the holder surely runs no more: its process was here and is gone. Then nobody has to wait for the ttl."""
    if not holder.get("place") or holder["place"] != _place():
        return False
    begun = _begun(holder["pid"])
    if begun is None:
        return False
    # A number is given again: then another process has it, which began at another time.
    return begun == "" or begun != (holder.get("begun") or begun)


def _begun(pid: int) -> str | None:
    """When a process of this machine began, as the system counts it; "" when it is gone, None where that is unknown."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            # The name of the program stands in parentheses and may hold anything.
            state, *facts = stream.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    except OSError:
        return None
    # Dead, though nobody has asked for its status yet: in containers, often nobody ever does.
    return "" if state in "ZX" else facts[18]


def _version(store: Store, key: Key) -> int | None:
    found = store.get(key)
    return found.version if found else None


def lost(scope: str) -> StateError:
    """The error of a run that was overtaken."""
    return StateError(
        "S110",
        f"another run has taken over {scope}; nothing more is committed",
        fix="let the other run finish; raise lock.ttl when runs are often suspended",
    )


def _held(scope: str, holder: Any) -> EnvironmentFailure:
    left = max(0, holder["expires"] - time.time())
    return EnvironmentFailure(
        "S120",
        f"{scope} is running already: process {holder['pid']} on {holder['host']}",
        fix='wait for it, or say "lock": {"wait": "10m"}',
        notes=[f"if it is dead, its lock ends by itself in {left:.0f} s; to end it now: crosswalk state unlock"],
    )
