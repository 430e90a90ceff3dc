"""The conformance suite of state backends: subclass `StateContract`, give it a backend, and run pytest."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ..errors import StateError
from ..plugin.component import Component
from ..plugin.state import Put, StateBackend
from .component_checks import ComponentChecks
from .resources import nothing_left_open
from .state_crash import StateCrashes

UNUSUAL = ("", "ü", "a/b", "a b", "a\0b", "€\U0001f600", "'; --", "x" * 1000, "\x7f")


class StateContract(StateCrashes, ComponentChecks):
    """Tests that every backend passes.

    ```python
    class TestRedis(StateContract):
        shared = True
        def backend(self, folder): return RedisBackend(url="redis://localhost/15")
        def break_(self, backend): stop_the_server()
    ```
    `shared`: whether several processes see one store. `break_` makes the backend unreachable or damaged; leave it out
    when that cannot happen.
    """

    def _component(self, folder: Path) -> Component:
        return self.backend(folder)

    def break_(self, backend: StateBackend) -> None:
        """Make the store fail."""
        pytest.skip("this backend cannot fail")

    def test_get_put_delete(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            assert store.get(("a",)) is None
            first = store.put(("a",), {"x": [1, None, "é", 1.5, True]})
            entry = store.get(("a",))
            assert entry is not None
            assert entry == ({"x": [1, None, "é", 1.5, True]}, first)
            second = store.put(("a",), None)
            assert second != first
            assert store.get(("a",)) == (None, second)
            store.delete(("a",))
            store.delete(("a",))
            assert store.get(("a",)) is None

    def test_version_is_not_reused_after_delete(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            first = store.put(("a",), 1)
            store.delete(("a",))
            assert store.put(("a",), 1) != first

    def test_unusual_keys_stay_apart(self, tmp_path: Path) -> None:
        keys = [(a, b) for a in UNUSUAL for b in UNUSUAL] + [(a,) for a in UNUSUAL]
        with self.backend(tmp_path).open() as store:
            for number, key in enumerate(keys):
                store.put(key, number)
            assert [store.get(key) for key in keys] == [(n, store.get(k).version) for n, k in enumerate(keys)]  # type: ignore[union-attr]
            assert [key for key, _ in store.scan()] == sorted(keys)
            for first in UNUSUAL:
                assert [key for key, _ in store.scan((first,))] == sorted(key for key in keys if key[0] == first)

    def test_scan_prefix_order_paging(self, tmp_path: Path) -> None:
        keys = [("p", f"{n:04}") for n in range(1203)]
        with self.backend(tmp_path).open() as store:
            store.transact(puts=[Put(key, key[1]) for key in reversed(keys)])
            store.put(("p2", "x"), 0)
            store.put(("p",), "itself")
            store.put(("o",), 0)
            assert [key for key, _ in store.scan(("p",))] == [("p",), *keys]
            assert [key for key, _ in store.scan(("p",), limit=3)] == [("p",), *keys[:2]]
            assert [key for key, _ in store.scan(("p",), after=keys[9], limit=2)] == keys[10:12]
            assert [entry.value for _, entry in store.scan(("p",), after=keys[-2])] == ["1202"]
            assert list(store.scan(("p",), after=keys[-1])) == []
            assert list(store.scan(("q",))) == []

    def test_ttl(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            store.put(("gone",), 1, ttl=0.05)
            store.put(("kept",), 1, ttl=60)
            store.transact(puts=[Put(("gone too",), 1, 0.05)])
            time.sleep(0.1)
            assert store.get(("gone",)) is None
            assert store.get(("gone too",)) is None
            assert [key for key, _ in store.scan()] == [("kept",)]
            assert store.transact(checks=[(("gone",), None)], puts=[Put(("gone",), 2)])
            assert store.get(("gone",)) is not None

    def test_transact_is_all_or_nothing(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            version = store.put(("a",), 1)
            assert not store.transact([(("a",), version), (("b",), 7)], [Put(("a",), 2), Put(("c",), 2)])
            assert not store.transact([(("a",), None)], [Put(("a",), 2)])
            assert not store.transact([(("a",), version + 1)], deletes=[("a",)])
            assert store.get(("a",)) == (1, version)
            assert store.get(("c",)) is None
            assert store.transact([(("a",), version), (("c",), None)], [Put(("c",), 3)], [("a",)])
            assert store.get(("a",)) is None
            assert store.get(("c",)) is not None

    def test_transact_writes_nothing_when_a_value_is_not_json(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            with pytest.raises((TypeError, ValueError)):
                store.transact(puts=[Put(("a",), 1), Put(("b",), object())])
            assert store.get(("a",)) is None

    def test_large_value(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            value = {"text": "é" * 2_000_000}
            store.put(("large",), value)
            entry = store.get(("large",))
            assert entry is not None
            assert entry.value == value

    def test_values_are_copies(self, tmp_path: Path) -> None:
        with self.backend(tmp_path).open() as store:
            value = {"list": [1]}
            store.put(("a",), value)
            value["list"].append(2)
            entry = store.get(("a",))
            assert entry is not None
            assert entry.value == {"list": [1]}

    def test_state_outlives_the_session(self, tmp_path: Path) -> None:
        if not self.shared:
            pytest.skip("ends with the session")
        backend = self.backend(tmp_path)
        with backend.open() as store:
            version = store.put(("a",), 1)
        with backend.open() as store:
            assert store.get(("a",)) == (1, version)

    def test_closes_at_the_end(self, tmp_path: Path) -> None:
        """A session that ends, well or with an error, leaves no file, connection or thread."""
        backend = self.backend(tmp_path)
        with backend.open() as store:  # imports and pools are made by now
            store.put(("a",), 1)
        with nothing_left_open("after the session"), backend.open() as store:
            store.get(("a",))
        with nothing_left_open("after an error in the session"), pytest.raises(LookupError), backend.open() as store:
            store.put(("b",), 1)
            raise LookupError("of the test")

    def test_outage_is_an_error_not_absence(self, tmp_path: Path) -> None:
        backend = self.backend(tmp_path)
        with backend.open() as store:
            store.put(("a",), 1)
        self.break_(backend)
        with pytest.raises(StateError) as caught, backend.open() as store:
            store.get(("a",))
        assert caught.value.fix
