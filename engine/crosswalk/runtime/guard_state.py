"""Guards an open state store: what a backend breaks names it, and what it forgets to return is no "conflict"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

from ..plugin.fault import guarded, kind_of, wrong
from ..plugin.handles import ended
from ..plugin.state import Entry, Key, Put, StateBackend, Store
from .guard import same


class GuardedStore:
    """A store whose failures name the backend. Everything else of the store shows through, guarded too."""

    def __init__(self, backend: StateBackend, store: Store) -> None:
        self._backend = backend
        self._store = store

    def get(self, key: Key) -> Entry | None:
        """See Store."""
        with guarded(self._backend, "get"):
            found = self._store.get(key)
        return None if found is None else self._entry(found, "get")

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        """See Store."""
        with guarded(self._backend, "put"):
            return self._store.put(key, value, ttl=ttl)

    def delete(self, key: Key) -> None:
        """See Store."""
        with guarded(self._backend, "delete"):
            self._store.delete(key)

    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        """See Store."""
        with guarded(self._backend, "scan"):
            found = iter(self._store.scan(prefix, after=after, limit=limit))
        while True:
            with guarded(self._backend, "scan"):
                try:
                    key, entry = next(found)
                except StopIteration:
                    return
            yield key, self._entry(entry, "scan")

    def transact(
        self,
        checks: Sequence[tuple[Key, int | None]] = (),
        puts: Sequence[Put] = (),
        deletes: Sequence[Key] = (),
    ) -> bool:
        """See Store."""
        with guarded(self._backend, "transact"):
            done = self._store.transact(checks, puts, deletes)
        if not isinstance(done, bool):
            raise wrong(self._backend, f"returned {kind_of(done)} from transact", fix="return True or False")
        return done

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._called(name, found) if callable(found) else found

    def _called(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **more: Any) -> Any:
            with guarded(self._backend, name):
                return function(*args, **more)

        return call

    def _entry(self, found: Any, doing: str) -> Entry:
        if isinstance(found, Entry):
            return found
        fix = "return Entry(value, version)"
        raise wrong(self._backend, f"gave {kind_of(found)} in {doing}, not an Entry", fix)


@contextmanager
def opened_state(backend: StateBackend) -> Iterator[Store]:
    """A store whose failures, from opening to closing, name the backend."""
    with guarded(backend, "open"):
        manager = backend.open()
        if not hasattr(manager, "__exit__"):
            fix = "put @contextmanager above open and yield the store"
            raise wrong(backend, f"returned {kind_of(manager)} from open, which is no context manager", fix)
        store = manager.__enter__()
    try:
        yield GuardedStore(backend, store)
    except BaseException as error:
        with guarded(backend, "its end"), same(error):
            manager.__exit__(type(error), error, error.__traceback__)
        ended(backend)
        raise
    with guarded(backend, "its end"):
        manager.__exit__(None, None, None)
    ended(backend)
