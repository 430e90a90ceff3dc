"""The sqlite backend: state in one file, used by several processes at once."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, ClassVar

from crosswalk import Context, Duration, Entry, Put, StateBackend, StateError, Store

from .keys import decode, encode, is_key, past

Key = tuple[str, ...]
PAGE = 500
BUSY = Duration(30.0)
KEEP = Duration(90 * 86400.0)
MOST_PROBLEMS = 20
"""How many problems of a damaged file are told."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS kv (
  key BLOB PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL, expires REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kv_expires ON kv (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS kv_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
INSERT OR IGNORE INTO kv_version VALUES (1, 0);
"""


@dataclass(frozen=True)
class SqliteBackend(StateBackend):
    """State in an SQLite file, safe for several processes of one machine.

    `path`: the file; its folder is made when missing.
    `busy`: how long to wait for another process that is writing.
    `retention`: how long finished files, runs and closed rejects are remembered.
    """

    type: ClassVar[str] = "sqlite"
    path: str = ".crosswalk/state.db"
    busy: Duration = BUSY
    retention: Duration = KEEP

    def bind(self, context: Context) -> SqliteBackend:
        """With `path` made absolute."""
        return replace(self, path=context.path(self.path))

    @contextmanager
    def open(self) -> Iterator[Store]:
        """Open or create the file. Raises StateError S101 (damaged), S102 (locked), S103 (full), S104 (no access)."""
        with _surfaced(self.path):
            os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
            _make(self.path)
            connection = sqlite3.connect(self.path, timeout=self.busy, isolation_level=None, check_same_thread=False)
        try:
            with _surfaced(self.path):
                if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                    raise StateError("S105", f"{self.path}: the file system does not allow a write-ahead log")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("DELETE FROM kv WHERE expires <= ?", (time.time(),))
                connection.execute("COMMIT")
                problems = list(islice(_problems(connection), MOST_PROBLEMS))
                if problems:
                    raise _damaged(self.path, problems[0], problems[1:])
            yield SqliteStore(connection, self.path)
        finally:
            connection.close()


def _make(path: str) -> None:
    """Make the file when it is missing: elsewhere, and put in place when whole, so that an empty one is a damaged one.

    A file that was emptied must not be taken for a first run, which would deliver everything again.
    """
    log = f"{path}-wal"
    left = os.path.exists(log)  # asked first: another process makes the file before its log
    if os.path.exists(path):
        if os.path.getsize(path) == 0:
            raise _damaged(path, "it is empty")
        return
    if left:
        # SQLite would write what the log holds into a new file.
        raise _damaged(path, f"it is gone, and its log is still there; move {log} away too to start anew")
    draft = f"{path}.{os.getpid()}.{secrets.token_hex(4)}.new"
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        finally:
            connection.close()
        with suppress(FileExistsError):  # another process was quicker
            _put_in_place(draft, path)
    finally:
        for leftover in (draft, f"{draft}-wal", f"{draft}-shm"):
            with suppress(FileNotFoundError):
                os.unlink(leftover)


def _put_in_place(draft: str, path: str) -> None:
    """Give the file its name, unless there is one; raises FileExistsError then."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with open(path, "xb") as target, open(draft, "rb") as source:
            target.write(source.read())


class SqliteStore:
    """The contract over one connection, which threads share under a lock."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._db = connection
        self._path = path
        self._lock = threading.RLock()

    def get(self, key: Key) -> Entry | None:
        """See Store."""
        rows = self._read("SELECT value, version, expires FROM kv WHERE key = ?", (encode(key),))
        if not rows or (rows[0][2] is not None and rows[0][2] <= time.time()):
            return None
        return Entry(_loads(rows[0][0], self._path), rows[0][1])

    def _read(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock, _surfaced(self._path):
            return self._db.execute(query, values).fetchall()

    def put(self, key: Key, value: Any, *, ttl: float | None = None) -> int:
        """See Store."""
        with self._transaction() as version:
            self._put(Put(key, value, ttl), version)
            return version

    def _put(self, put: Put, version: int) -> None:
        expires = None if put.ttl is None else time.time() + put.ttl
        self._db.execute("REPLACE INTO kv VALUES (?, ?, ?, ?)", (encode(put.key), _dumps(put.value), version, expires))

    def delete(self, key: Key) -> None:
        """See Store."""
        with self._transaction():
            self._db.execute("DELETE FROM kv WHERE key = ?", (encode(key),))

    def scan(
        self, prefix: Key = (), *, after: Key | None = None, limit: int | None = None
    ) -> Iterator[tuple[Key, Entry]]:
        """See Store; reads a page at a time, so entries written meanwhile may or may not be seen."""
        start, end = encode(prefix), past(encode(prefix))
        at, sign = (start, ">=") if after is None or encode(after) < start else (encode(after), ">")
        left = limit
        while left is None or left > 0:
            page = PAGE if left is None else min(left, PAGE)
            rows = self._read(
                f"SELECT key, value, version FROM kv WHERE key {sign} ? AND key < ?"
                " AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ?",
                (at, end, time.time(), page),
            )
            for code, text, version in rows:
                yield decode(code), Entry(_loads(text, self._path), version)
            if len(rows) < page:
                return
            at, sign = rows[-1][0], ">"
            left = None if left is None else left - len(rows)

    def transact(
        self,
        checks: Sequence[tuple[Key, int | None]] = (),
        puts: Sequence[Put] = (),
        deletes: Sequence[Key] = (),
    ) -> bool:
        """See Store."""
        with self._transaction() as version:
            now = time.time()
            for key, wanted in checks:
                row = self._db.execute(
                    "SELECT version FROM kv WHERE key = ? AND (expires IS NULL OR expires > ?)", (encode(key), now)
                ).fetchone()
                if (None if row is None else row[0]) != wanted:
                    return False
            for put in puts:
                self._put(put, version)
            self._db.executemany("DELETE FROM kv WHERE key = ?", [(encode(key),) for key in deletes])
            return True

    @contextmanager
    def _transaction(self) -> Iterator[int]:
        """One write transaction; gives the version that everything written in it gets."""
        with self._lock, _surfaced(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                # One rising number for the whole file: a deleted and rewritten key never repeats a version.
                row = self._db.execute("UPDATE kv_version SET version = version + 1 RETURNING version").fetchone()
                yield row[0]
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def verify(self) -> list[str]:
        """What is wrong with the file: damaged pages, values that are not JSON; [] when all is well."""
        with self._lock, _surfaced(self._path):
            return list(_problems(self._db, thorough=True))


def _problems(connection: sqlite3.Connection, *, thorough: bool = False) -> Iterator[str]:
    """What is wrong with the file. Asked at each opening: an entry under a damaged key would be taken for absent."""
    for row in connection.execute("PRAGMA integrity_check" if thorough else f"PRAGMA quick_check({MOST_PROBLEMS})"):
        if row[0] != "ok":
            yield str(row[0])
    for code, valid in connection.execute("SELECT key, json_valid(value) FROM kv"):
        if not is_key(code):
            yield f"the key {code!r} is none"
        elif not valid:
            yield f"the value of {'/'.join(decode(code))} is not JSON"


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _loads(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: str, why: str, more: Sequence[str] = ()) -> StateError:
    return StateError(
        "S101",
        f"{path}: the state file is damaged: {why}",
        fix="restore it from a backup, or move it away to start anew; a start anew reads every file again",
        notes=[
            *(f"also: {problem}" for problem in more),
            f"to look at the damage: crosswalk state verify, or: sqlite3 {path} '.recover'",
        ],
    )


@contextmanager
def _surfaced(path: str) -> Iterator[None]:
    """Every failure of SQLite or the file system as a StateError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise StateError(
                "S102", f"{path}: another process kept the state file locked", fix='try again, or raise "busy"'
            ) from error
        if "full" in text or "disk I/O" in text:
            raise StateError("S103", f"{path}: the disk is full or failing: {text}", fix="free some space") from error
        if "readonly" in text or "unable to open" in text or "access" in text:
            raise _no_access(path, text) from error
        raise _damaged(path, text) from error
    except OSError as error:
        raise _no_access(path, error.strerror or str(error)) from error


def _no_access(path: str, why: str) -> StateError:
    return StateError(
        "S104",
        f"{path}: the state file cannot be opened or written: {why}",
        fix="give the user of the run write access to the file and its folder, or say another `path` in `state`",
    )
