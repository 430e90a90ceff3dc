"""The bundled state backends against the contract, and what damage looks like."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswalk import StateBackend, StateError
from crosswalk.testing.state_contract import StateContract
from crosswalk_state.keys import decode, encode
from crosswalk_state.memory import MemoryBackend
from crosswalk_state.sqlite import SqliteBackend


class TestMemory(StateContract):
    shared = False

    def backend(self, folder: Path) -> StateBackend:
        return MemoryBackend()


class TestSqlite(StateContract):
    def backend(self, folder: Path) -> StateBackend:
        return SqliteBackend(path=str(folder / "deep" / "state.db"))

    def break_(self, backend: StateBackend) -> None:
        assert isinstance(backend, SqliteBackend)
        Path(backend.path).write_bytes(b"not a database at all" * 200)


def test_memory_is_shared_by_name() -> None:
    with MemoryBackend(name="t").open() as one, MemoryBackend(name="t").open() as two:
        one.put(("a",), 1)
        assert two.get(("a",)) is not None


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=[])), max_size=3).map(tuple), max_size=8))
def test_key_bytes_keep_order_and_come_back(keys: list[tuple[str, ...]]) -> None:
    assert [decode(code) for code in sorted(map(encode, keys))] == sorted(keys)


def _codes(path: Path, error: type[StateError] = StateError) -> StateError:
    with pytest.raises(error) as caught, SqliteBackend(path=str(path), busy=0.1).open() as store:  # type: ignore[arg-type]
        store.put(("a",), 1)
    return caught.value


def test_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with SqliteBackend(path=str(path)).open() as store:
        for number in range(500):
            store.put((str(number),), "x" * 100)
    os.truncate(path, path.stat().st_size // 2)
    error = _codes(path)
    assert error.code == "S101"
    assert "backup" in error.fix


def test_locked_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with SqliteBackend(path=str(path)).open():
        pass
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    error = _codes(path)
    other.close()
    assert error.code == "S102"
    assert "busy" in error.fix


def test_path_that_is_a_folder(tmp_path: Path) -> None:
    assert _codes(tmp_path).code == "S104"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "ro"
    folder.mkdir()
    folder.chmod(0o500)
    assert _codes(folder / "state.db").code == "S104"


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = _codes(tmp_path / "file" / "state.db")
    assert error.code == "S104"
    assert "access" in error.fix


def test_verify_finds_a_value_that_is_not_json(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with SqliteBackend(path=str(path)).open() as store:
        store.put(("a", "b"), 1)
        assert store.verify() == []  # type: ignore[attr-defined]
        other = sqlite3.connect(path)
        other.execute("UPDATE kv SET value = '{'")
        other.commit()
        other.close()
        assert store.verify() == ["the value of a/b is not JSON"]  # type: ignore[attr-defined]
        with pytest.raises(StateError, match="S101"):
            store.get(("a", "b"))


def test_what_has_expired_leaves_the_file(tmp_path: Path) -> None:
    backend = SqliteBackend(path=str(tmp_path / "s.db"))
    with backend.open() as store:
        store.put(("a",), 1, ttl=-1)
        store.put(("b",), 1, ttl=1000)
        store.put(("c",), 1)
    with backend.open() as store:
        assert [key for key, _ in store.scan()] == [("b",), ("c",)]
    connection = sqlite3.connect(tmp_path / "s.db")
    assert connection.execute("SELECT count(*) FROM kv").fetchone() == (2,)
    connection.close()
