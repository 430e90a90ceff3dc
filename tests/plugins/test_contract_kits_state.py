"""The state backends' kit finds each fault, and blames nothing else."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Entry, Put, StateBackend, StateError, Store
from crosswalk.testing import StateContract
from crosswalk_state.sqlite import SqliteBackend

sys.path.append(str(Path(__file__).parent))
from contract_failures import checks as kit_checks
from contract_failures import only

Key = tuple[str, ...]


class Other:
    """Passes on to a good store; subclasses do one thing differently."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def get(self, key: Key) -> Entry | None:
        return self.inner.get(key)

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        return self.inner.put(key, value, ttl=ttl)

    def delete(self, key: Key) -> None:
        self.inner.delete(key)

    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        return self.inner.scan(prefix, after=after, limit=limit)

    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        return self.inner.transact(checks, puts, deletes)


class DeletesMustExist(Other):
    def delete(self, key: Key) -> None:
        if self.inner.get(key) is None:
            raise StateError("S104", "absent")
        self.inner.delete(key)


class ReusesVersions(Other):
    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.last: dict[Key, int] = {}
        self.gone: dict[Key, int] = {}

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        version = super().put(key, value, ttl=ttl)
        self.last[key] = self.gone.pop(key, version)
        return self.last[key]

    def delete(self, key: Key) -> None:
        if key in self.last:
            self.gone[key] = self.last[key]
        super().delete(key)


class CutsKeys(Other):
    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        return super().put(tuple(part[:255] for part in key), value, ttl=ttl)


class ScansAThousand(Other):
    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        return self.inner.scan(prefix, after=after, limit=min(limit or 1000, 1000))


class KeepsForEver(Other):
    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        return super().put(key, value)


class WritesInSteps(Other):
    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        if checks or deletes or puts[0].key[0] == "group":
            return super().transact(checks, puts, deletes)
        return all(super(WritesInSteps, self).transact(puts=[put]) for put in puts)


class ChecksOne(Other):
    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        return super().transact(checks[:1], puts, deletes)


class CutsValues(Other):
    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        large = isinstance(value, dict) and isinstance(value.get("text"), str)
        return super().put(key, {"text": value["text"][:65_536]} if large else value, ttl=ttl)


class KeepsTheObject(Other):
    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.held: dict[Key, Any] = {}

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        if isinstance(value, dict) and "list" in value:
            self.held[key] = value
        return super().put(key, value, ttl=ttl)

    def get(self, key: Key) -> Entry | None:
        found = super().get(key)
        return found and found._replace(value=self.held.get(key, found.value))


class ForgetsOnClose(Other):
    pass


class PretendsOnce(Other):
    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        if len(puts) == 2 and puts[1].key[:2] == ("by", "a") and len(list(self.inner.scan(("by", "a")))) == 3:
            return True
        return super().transact(checks, puts, deletes)


class OfOneThread(Other):
    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.thread = threading.get_ident()

    def get(self, key: Key) -> Entry | None:
        if threading.get_ident() != self.thread:
            raise StateError("S104", "made on another thread")
        return super().get(key)


class WritesLate(Other):
    """Says that it is done, and would write when the session ends."""

    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        if puts and puts[0].key[0] == "group":
            return True
        return super().transact(checks, puts, deletes)


class HalfWrites(Other):
    """Writes the entries of a transaction one by one."""

    def transact(
        self, checks: Sequence[tuple[Key, int | None]] = (), puts: Sequence[Put] = (), deletes: Sequence[Key] = ()
    ) -> bool:
        if not puts or puts[0].key[0] != "group":
            return super().transact(checks, puts, deletes)
        for put in puts:
            super().transact(puts=[put])
            time.sleep(0.001)
        return True


class Leaks(Other):
    """Opens a file for each session and forgets it."""

    opened: ClassVar[list[Any]] = []

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.opened.append(open(os.devnull))  # noqa: SIM115


class AbsentWhenBroken(Other):
    pass


@dataclass(frozen=True)
class Backend(SqliteBackend):
    """Opens a store of a kind.

    `kind`: which.
    """

    kind: str = "Other"

    @contextmanager
    def open(self) -> Iterator[Store]:
        try:
            with super().open() as store:
                yield globals()[self.kind](store)
                if self.kind == "ForgetsOnClose" and store.get(("by", "a", "0")) is None:
                    for key, _ in list(store.scan()):
                        if key == ("a",):
                            store.delete(key)
        except StateError:
            if self.kind != "AbsentWhenBroken":
                raise
            yield Other(SqliteBackendOfNothing())  # type: ignore[arg-type]


class SqliteBackendOfNothing:
    def get(self, key: Key) -> None:
        return None


BROKEN: dict[type[Other], tuple[str, ...]] = {
    Other: (),
    DeletesMustExist: ("get_put_delete",),
    ReusesVersions: ("version_is_not_reused_after_delete",),
    CutsKeys: ("unusual_keys_stay_apart",),
    ScansAThousand: ("scan_prefix_order_paging",),
    KeepsForEver: ("ttl",),
    WritesInSteps: ("transact_writes_nothing_when_a_value_is_not_json",),
    ChecksOne: ("transact_is_all_or_nothing",),
    CutsValues: ("large_value",),
    KeepsTheObject: ("values_are_copies",),
    ForgetsOnClose: ("state_outlives_the_session",),
    Leaks: ("closes_at_the_end",),
    PretendsOnce: ("writers_of_several_processes",),
    OfOneThread: ("used_by_two_threads",),
    WritesLate: ("killed_in_a_transaction",),
    HalfWrites: ("killed_in_a_transaction",),
    AbsentWhenBroken: ("outage_is_an_error_not_absence",),
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_each_fault_is_found(kind: type[Other], tmp_path: Path) -> None:
    class Contract(StateContract):
        def backend(self, folder: Path) -> StateBackend:
            return Backend(path=str(folder / "state.db"), kind=kind.__name__)

        def break_(self, backend: StateBackend) -> None:
            Path(backend.path).write_bytes(b"not a database at all" * 200)  # type: ignore[attr-defined]

    only(Contract, tmp_path, *BROKEN[kind])


def test_every_check_can_fail() -> None:
    of_components = {"is_a_value", "settings_are_described", "required_settings_are_named"}  # see the sources' kit
    assert {name for names in BROKEN.values() for name in names} == set(kit_checks(StateContract)) - of_components
