"""The conformance suite of state backends: subclass `StateContract`, give it a backend, and run pytest."""

from __future__ import annotations

import time
from collections.abc import Sequence
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
        """What is put is there with its version until it is deleted; deleting what is not there is no error."""
        with self.backend(tmp_path).open() as store:
            assert store.get(("a",)) is None, "get gives something for a key that was never put; give None"
            first = store.put(("a",), {"x": [1, None, "é", 1.5, True]})
            entry = store.get(("a",))
            assert entry == ({"x": [1, None, "é", 1.5, True]}, first), (
                f"get gives {entry!r} after a put that returned version {first!r}; give Entry(value, version)"
            )
            second = store.put(("a",), None)
            assert second != first, f"both puts of one key returned version {first!r}; each write makes a new one"
            entry = store.get(("a",))
            assert entry == (None, second), f"get gives {entry!r} where null was put; a value of None is an entry, too"
            store.delete(("a",))
            store.delete(("a",))
            assert store.get(("a",)) is None, "the entry is still there after delete"

    def test_version_is_not_reused_after_delete(self, tmp_path: Path) -> None:
        """A version never comes again for a key, so that nobody takes another's entry for the own."""
        with self.backend(tmp_path).open() as store:
            first = store.put(("a",), 1)
            store.delete(("a",))
            second = store.put(("a",), 1)
            assert second != first, f"version {first!r} came again after a delete"

    def test_unusual_keys_stay_apart(self, tmp_path: Path) -> None:
        """Parts of keys may be any text, empty or with any character; keys are in the order of their parts."""
        keys = [(a, b) for a in UNUSUAL for b in UNUSUAL] + [(a,) for a in UNUSUAL]
        with self.backend(tmp_path).open() as store:
            for number, key in enumerate(keys):
                store.put(key, number)
            for number, key in enumerate(keys):
                entry = store.get(key)
                assert entry is not None, f"the key {key!r} is not there after its put"
                assert entry.value == number, f"the key {key!r} has the value of {keys[entry.value]!r}"
            self._in_order([key for key, _ in store.scan()], sorted(keys), "scan()")
            for first in UNUSUAL:
                wanted = sorted(key for key in keys if key[0] == first)
                self._in_order([key for key, _ in store.scan((first,))], wanted, f"scan(({first[:9]!r},))")

    @staticmethod
    def _in_order(found: Sequence[tuple[str, ...]], wanted: Sequence[tuple[str, ...]], call: str) -> None:
        if missing := sorted(set(wanted) - set(found)):
            pytest.fail(f"{call} leaves out {len(missing)} keys that begin with the prefix, such as {missing[0]!r}")
        if others := sorted(set(found) - set(wanted)):
            pytest.fail(f"{call} gives {len(others)} keys that do not belong to it, such as {others[0]!r}")
        assert len(found) == len(wanted), f"{call} gives a key twice"
        assert found == wanted, f"{call} is not in the order of keys, as Python sorts tuples"

    def test_scan_prefix_order_paging(self, tmp_path: Path) -> None:
        """scan gives a prefix itself and what is below it, in order, after a key, up to a limit."""
        keys = [("p", f"{n:04}") for n in range(1203)]
        with self.backend(tmp_path).open() as store:
            store.transact(puts=[Put(key, key[1]) for key in reversed(keys)])
            store.put(("p2", "x"), 0)
            store.put(("p",), "itself")
            store.put(("o",), 0)
            self._in_order([key for key, _ in store.scan(("p",))], [("p",), *keys], "scan(('p',))")
            found = [key for key, _ in store.scan(("p",), limit=3)]
            self._in_order(found, [("p",), *keys[:2]], "scan(('p',), limit=3)")
            found = [key for key, _ in store.scan(("p",), after=keys[9], limit=2)]
            self._in_order(found, keys[10:12], f"scan(('p',), after={keys[9]}, limit=2)")
            values = [entry.value for _, entry in store.scan(("p",), after=keys[-2])]
            assert values == ["1202"], f"the entries of scan have other values: {values[:3]!r}, not ['1202']"
            assert not list(store.scan(("p",), after=keys[-1])), "scan gives keys after the last one"
            assert not list(store.scan(("q",))), "scan gives keys of another prefix"

    def test_ttl(self, tmp_path: Path) -> None:
        """An entry whose time is over is not there: for get, scan and the checks of transact."""
        with self.backend(tmp_path).open() as store:
            store.put(("gone",), 1, ttl=0.05)
            store.put(("kept",), 1, ttl=60)
            store.transact(puts=[Put(("gone too",), 1, 0.05)])
            time.sleep(0.1)
            for key in ("gone", "gone too"):
                assert store.get((key,)) is None, f"get gives {key!r} after its ttl of 0.05 seconds"
            self._in_order([key for key, _ in store.scan()], [("kept",)], "scan() after a ttl")
            free = store.transact(checks=[(("gone",), None)], puts=[Put(("gone",), 2)])
            assert free, "a check that a key must not exist fails for one whose ttl is over"
            assert store.get(("gone",)) is not None, "a key that is put again after its ttl is not there"

    def test_transact_is_all_or_nothing(self, tmp_path: Path) -> None:
        """transact writes everything when all checks hold, else nothing, and tells which."""
        with self.backend(tmp_path).open() as store:
            version = store.put(("a",), 1)
            for checks, why in (
                ([(("a",), version), (("b",), 7)], "of two checks one does not hold"),
                ([(("a",), None)], "the key must not exist, and does"),
                ([(("a",), version + 1)], "the entry has another version"),
            ):
                done = store.transact(checks, [Put(("a",), 2), Put(("c",), 2)], [("d",)])
                assert not done, f"transact returned True though {why}"
                assert store.get(("a",)) == (1, version), f"transact wrote though {why}"
                assert store.get(("c",)) is None, f"transact wrote though {why}"
            done = store.transact([(("a",), version), (("c",), None)], [Put(("c",), 3)], [("a",)])
            assert done, "transact returned False though every check holds"
            assert store.get(("a",)) is None, "transact did not delete"
            assert store.get(("c",)) is not None, "transact did not put"

    def test_transact_writes_nothing_when_a_value_is_not_json(self, tmp_path: Path) -> None:
        """A value that is no JSON raises TypeError or ValueError, before anything is written."""
        with self.backend(tmp_path).open() as store:
            try:
                store.transact(puts=[Put(("a",), 1), Put(("b",), object())])
            except (TypeError, ValueError):
                assert store.get(("a",)) is None, "the put before the one that is no JSON was written"
            else:
                pytest.fail("transact took a value that is no JSON; raise TypeError or ValueError")

    def test_large_value(self, tmp_path: Path) -> None:
        """A value of some megabytes comes back whole."""
        with self.backend(tmp_path).open() as store:
            value = {"text": "é" * 2_000_000}
            store.put(("large",), value)
            entry = store.get(("large",))
            assert entry is not None, "a value of 4 MB is not there after its put"
            assert entry.value == value, "a value of 4 MB came back as another one"

    def test_values_are_copies(self, tmp_path: Path) -> None:
        """What is changed after the put, or in what get gave, changes nothing that is kept."""
        with self.backend(tmp_path).open() as store:
            value = {"list": [1]}
            store.put(("a",), value)
            value["list"].append(2)
            entry = store.get(("a",))
            assert entry is not None, "the key is not there after its put"
            assert entry.value == {"list": [1]}, "the store keeps the object that was put; keep its JSON, or a copy"
            entry.value["list"].append(3)
            entry = store.get(("a",))
            assert entry == ({"list": [1]}, entry and entry.version), "get gives the object that is kept; give a copy"

    def test_state_outlives_the_session(self, tmp_path: Path) -> None:
        """The next session, in this process or another, has what the last one put."""
        if not self.shared:
            pytest.skip("ends with the session")
        backend = self.backend(tmp_path)
        with backend.open() as store:
            version = store.put(("a",), 1)
        with backend.open() as store:
            entry = store.get(("a",))
            assert entry == (1, version), f"the next session gets {entry!r}; say shared = False where each has its own"

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
        """A store that cannot be reached raises StateError with a fix; it never seems empty."""
        backend = self.backend(tmp_path)
        with backend.open() as store:
            store.put(("a",), 1)
        self.break_(backend)
        with pytest.raises(StateError) as caught, backend.open() as store:
            store.get(("a",))
        assert caught.value.fix, "the StateError of an outage says no fix: what is the reader to do?"
