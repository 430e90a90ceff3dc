"""The sqlite sink: rows into a table, and the position in the same transaction."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from crosswalk import Batch, ConnectorError, Context, DataError, Duration, Sink, StateError, UsageError, Writer

from .affinity import Affinity, affinity_of, check_kept
from .sqlite_common import column_type, declared_type, quoted, stored, surfaced

BUSY = Duration(30.0)
COMMITS = "_crosswalk_commits"


@dataclass(frozen=True)
class SqliteSink(Sink):
    """Writes rows into an SQLite table, effectively once.

    `path`: the database file; made when missing.
    `table`: the table; made when missing, from the types of the mapping's fields, or of the first records where there
        is no mapping. New fields become new columns. A column of a field that may have several types has no type, so
        that nothing changes in it; what another column would change ("007" to 7) is refused.
    `key`: fields that identify a row: a row with the same key is replaced (its other columns too). Without, rows are
        added.
    `busy`: how long to wait for another process that is writing.
    """

    type: ClassVar[str] = "sqlite"
    delivers: ClassVar[str] = "commit"
    path: str
    table: str
    key: list[str] = field(default_factory=list)
    busy: Duration = BUSY
    _context: Context = field(default_factory=Context, compare=False, repr=False)

    def bind(self, context: Context) -> SqliteSink:
        """With the path made absolute."""
        return replace(self, path=context.path(self.path), _context=context)

    @contextmanager
    def open(self) -> Iterator[Writer]:
        """A session; with an error inside, what is not committed is rolled back."""
        with shared(self.path, self._context, self.busy) as session:
            writer = SqliteWriter(session, self, self._context)
            session.writers.append(writer)
            writer.start()
            yield writer
            writer.flush()

    def probe(self) -> str:
        """Whether the database can be opened, and has the table."""
        if not os.path.exists(self.path):
            return f"{self.path} will be made"
        with surfaced(self.path):
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
            try:
                query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
                found = connection.execute(query, (self.table,)).fetchone()[0]
            finally:
                connection.close()
        return f"the table {self.table} is there" if found else f"the table {self.table} will be made"

    def source_config(self) -> dict[str, Any]:
        """The whole table."""
        return {"type": "sqlite", "path": self.path, "table": self.table}


@dataclass
class Session:
    """One connection for all sinks of a run on one file: SQLite has one writer, and they commit together."""

    connection: sqlite3.Connection
    writers: list[SqliteWriter] = field(default_factory=list)
    users: int = 0


_SESSIONS: dict[tuple[str, str, int], Session] = {}


@contextmanager
def shared(path: str, context: Context, busy: float) -> Iterator[Session]:
    """The run's session on a file, opened by its first sink and closed by its last."""
    key = (os.path.realpath(path), context.scope, threading.get_ident())
    session = _SESSIONS.get(key)
    if session is None:
        with surfaced(path):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            connection = sqlite3.connect(path, timeout=busy, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
        session = _SESSIONS[key] = Session(connection)
    session.users += 1
    try:
        yield session
    except BaseException:
        if session.connection.in_transaction:
            session.connection.execute("ROLLBACK")
        raise
    finally:
        session.users -= 1
        if not session.users:
            del _SESSIONS[key]
            session.connection.close()


class SqliteWriter:
    """See `SupportsCommit`. A transaction begins with the first write and ends with a commit."""

    can_commit = True

    def __init__(self, session: Session, sink: SqliteSink, context: Context) -> None:
        self._session = session
        self._db = session.connection
        self._sink = sink
        self._fence = context.fence
        self._scope = f"{context.scope}|{context.stream}"
        self._columns: dict[str, Affinity] = {}
        self._types = context.types
        self._token: Any = None

    def start(self) -> None:
        """Raise the fence, so that a run which lost its lease can commit no more, and find the last commit."""
        with surfaced(self._sink.path):
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {COMMITS} (scope TEXT PRIMARY KEY, fence INTEGER NOT NULL, cursor TEXT)"
            )
            row = self._row()
            if row is not None and row[0] > self._fence:
                raise _lost()
            self.save(self._fence, row[1] if row else "null")
            self._db.execute("COMMIT")
            self._token = json.loads(row[1]) if row else None
            self._columns = self._found_columns()

    def _row(self) -> Any:
        return self._db.execute(f"SELECT fence, cursor FROM {COMMITS} WHERE scope = ?", (self._scope,)).fetchone()

    def save(self, fence: int, cursor: str) -> None:
        """Write fence and cursor within the open transaction."""
        self._db.execute(f"REPLACE INTO {COMMITS} VALUES (?, ?, ?)", (self._scope, fence, cursor))

    def _found_columns(self) -> dict[str, Affinity]:
        table = self._db.execute(f"PRAGMA table_info({quoted(self._sink.table)})")
        return {row[1]: affinity_of(row[2]) for row in table}

    @property
    def committed(self) -> Any:
        """The last cursor."""
        return self._token

    def write(self, batch: Batch) -> None:
        """Insert or replace the rows, all or, when the table refuses one, none (DataError M361)."""
        rows = batch.rows
        if not rows:
            return
        with surfaced(self._sink.path):
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            self._fit_columns(rows)
            check_kept(rows, self._columns)
            groups: dict[tuple[str, ...], list[list[Any]]] = {}
            for row in rows:
                groups.setdefault(tuple(row), []).append([stored(value) for value in row.values()])
            self._db.execute("SAVEPOINT batch")
            try:
                try:
                    self._insert(groups)
                except OverflowError:
                    self._db.execute("ROLLBACK TO batch")
                    self._insert({names: self._with_wide_integers(names, rows) for names, rows in groups.items()})
            except (sqlite3.IntegrityError, UnicodeEncodeError, DataError) as error:
                self._db.execute("ROLLBACK TO batch")
                if isinstance(error, DataError):
                    raise
                why = str(error) if isinstance(error, sqlite3.Error) else "text with a lone surrogate"
                raise DataError("M361", f"the table does not take it: {why}") from error
            self._db.execute("RELEASE batch")

    def _insert(self, groups: dict[tuple[str, ...], list[list[Any]]]) -> None:
        for names, values in groups.items():
            self._db.executemany(self._statement(names), values)

    def _with_wide_integers(self, names: tuple[str, ...], rows: list[list[Any]]) -> list[list[Any]]:
        """Integers beyond 64 bits as text; a column of numbers would round it, so that one is refused."""
        kept = {name for name, kind in self._columns.items() if kind in ("TEXT", "NONE")}
        found = []
        for row in rows:
            wide = {at for at, value in enumerate(row) if isinstance(value, int) and not -(2**63) <= value < 2**63}
            lost = next((names[at] for at in wide if names[at] not in kept), None)
            if lost is not None:
                raise DataError("M361", f"the table does not take it: {lost} has more than 64 bits")
            found.append([str(value) if at in wide else value for at, value in enumerate(row)])
        return found

    def _statement(self, names: tuple[str, ...]) -> str:
        missing = [name for name in self._sink.key if name not in names]
        if missing:
            raise ConnectorError("C310", f"a record has no key field {missing[0]!r}", fix="make the field required")
        columns, marks = ", ".join(map(quoted, names)), ", ".join("?" * len(names))
        text = f"INSERT INTO {quoted(self._sink.table)} ({columns}) VALUES ({marks})"
        if self._sink.key:
            rest = [name for name in names if name not in self._sink.key]
            sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in rest)
            keys = ", ".join(map(quoted, self._sink.key))
            text += f" ON CONFLICT ({keys}) DO " + (f"UPDATE SET {sets}" if rest else "NOTHING")
        return text

    def _fit_columns(self, rows: list[Any]) -> None:
        known = self._columns.keys()
        if known >= self._types.keys() and all(isinstance(row, dict) and row.keys() <= known for row in rows):
            return
        # None: nothing is known yet; the first value that has a type decides.
        types = {name: declared_type(kind) for name, kind in self._types.items() if name not in known}
        for row in rows:
            if not isinstance(row, dict):
                raise UsageError("P115", "the sqlite sink takes objects only", fix="map the records to fields")
            for name, value in row.items():
                if name not in known and types.get(name) is None:
                    types[name] = column_type(value) or None
        self._add_columns({name: kind or "" for name, kind in types.items()})

    def _add_columns(self, types: dict[str, str]) -> None:
        if not types:
            return
        if not self._columns:
            columns = ", ".join(f"{quoted(name)} {kind}".strip() for name, kind in types.items())
            keys = f", PRIMARY KEY ({', '.join(map(quoted, self._sink.key))})" if self._sink.key else ""
            self._db.execute(f"CREATE TABLE {quoted(self._sink.table)} ({columns}{keys})")
        else:
            for name, kind in types.items():
                self._db.execute(f"ALTER TABLE {quoted(self._sink.table)} ADD COLUMN {quoted(name)} {kind}".rstrip())
        self._columns |= {name: affinity_of(kind) for name, kind in types.items()}

    def commit(self, cursor: Any, *, final: bool = False) -> None:
        """Rows and cursor in one transaction, unless another run has raised the fence."""
        if cursor is not None and cursor == self._token and not self._db.in_transaction:
            return  # another sink of the run on this file has committed for all
        with surfaced(self._sink.path):
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            row = self._row()
            if row is None or row[0] != self._fence:
                self._db.execute("ROLLBACK")
                raise _lost()
            for writer in self._session.writers:
                writer.save(self._fence, json.dumps(cursor))
            self._db.execute("COMMIT")
        for writer in self._session.writers:
            writer._token = cursor

    def flush(self) -> None:
        """Commit the rows and keep the cursor."""
        if self._db.in_transaction:
            self.commit(self._token)


def _lost() -> StateError:
    return StateError(
        "S110",
        "another run has taken over this pipeline; nothing more is committed",
        fix="let the other run finish; raise lock.ttl when runs are often suspended",
    )
