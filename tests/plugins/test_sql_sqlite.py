"""The sqlite source and sink: types, keys, order, and the position in the transaction."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Batch, ConnectorError, Context, DataError, ReadOptions, StateError, SupportsCommit
from crosswalk_sql.sink_sqlite import SqliteSink
from crosswalk_sql.source_sqlite import SqliteSource

sys.path.insert(0, str(Path(__file__).parent.parent / "runtime"))
from pipelines import Project


def _rows(path: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _sink(path: Path, fence: int = 1, **settings: Any) -> SqliteSink:
    sink = SqliteSink(path=str(path), **({"table": "t"} | settings))
    return sink.bind(Context(base=str(path.parent), scope="s", fence=fence))


def test_the_table_is_made_from_the_records(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with _sink(path).open() as writer:
        writer.write(Batch.of_rows([{"id": 1, "price": Decimal("19.00"), "ok": True, "tags": ["ä"], "x": None}]))
        writer.write(Batch.of_rows([{"id": 2, "weight": 1.5, "more column": b"\0"}]))
    assert _rows(path, "SELECT name, type FROM pragma_table_info('t')") == [
        ("id", "INTEGER"), ("price", "TEXT"), ("ok", "INTEGER"), ("tags", "TEXT"), ("x", ""),
        ("weight", "REAL"), ("more column", "BLOB"),
    ]  # fmt: skip
    assert _rows(path, "SELECT * FROM t") == [
        (1, "19.00", 1, '["ä"]', None, None, None),
        (2, None, None, None, None, 1.5, b"\0"),
    ]


def test_upsert_by_key(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with _sink(path, key=["id"]).open() as writer:
        writer.write(Batch.of_rows([{"id": 1, "n": 1}, {"id": 2, "n": 1}, {"id": 1, "n": 2}]))
    assert _rows(path, "SELECT id, n FROM t ORDER BY id") == [(1, 2), (2, 1)]
    with pytest.raises(ConnectorError, match="C310"), _sink(path, key=["id"]).open() as writer:
        writer.write(Batch.of_rows([{"n": 1}]))


def test_an_error_rolls_back_to_the_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with pytest.raises(ZeroDivisionError), _sink(path).open() as writer:
        assert isinstance(writer, SupportsCommit)
        writer.write(Batch.of_rows([{"id": 1}]))
        writer.commit({"seq": 1})
        writer.write(Batch.of_rows([{"id": 2}]))
        raise ZeroDivisionError
    assert _rows(path, "SELECT id FROM t") == [(1,)]
    with _sink(path, fence=2).open() as writer:
        assert isinstance(writer, SupportsCommit)
        assert writer.committed == {"seq": 1}


def test_a_run_that_was_overtaken_cannot_commit(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with pytest.raises(StateError, match="S110"), _sink(path, fence=1).open() as old:
        assert isinstance(old, SupportsCommit)
        with _other_process_fence(path, 2):
            old.write(Batch.of_rows([{"id": 1}]))
            old.commit({"seq": 1})
    assert _rows(path, "SELECT count(*) FROM sqlite_master WHERE name = 't'") == [(0,)]
    with pytest.raises(StateError, match="S110"), _sink(path, fence=1).open():
        pass


def _other_process_fence(path: Path, fence: int) -> Any:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE _crosswalk_commits SET fence = ?", (fence,))
    connection.commit()
    return connection


def test_source_goes_on_behind_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, f"v{n}") for n in range(10)])
    connection.commit()
    connection.close()
    context = Context(base=str(tmp_path), read=ReadOptions(records=4))
    source = SqliteSource(path="a.db", query="SELECT * FROM t WHERE id <> 3;", order_by="id").bind(context)
    batches = list(source.read())
    assert [[row["id"] for row in batch.rows] for batch in batches] == [[0, 1, 2, 4], [5, 6, 7, 8], [9]]
    assert [row["id"] for batch in source.read(batches[0].cursor) for row in batch.rows] == [5, 6, 7, 8, 9]
    with pytest.raises(ConnectorError, match="C301"):
        list(SqliteSource(path="a.db", table="none").bind(context).read())
    with pytest.raises(ConnectorError, match="C304"):
        list(SqliteSource(path="none.db", table="t").bind(context).read())


@pytest.mark.parametrize(
    "seam", ["after_write:3", "after_flush:1", "after_flush:2", "after_publish:1", "before_put:2", "before_put:9"]
)
def test_killed_pipeline_to_sqlite(tmp_path: Path, seam: str) -> None:
    project = Project(tmp_path)
    sinks = {"type": "tee", "sinks": [{"type": "sqlite", "path": "out.db", "table": name} for name in ("a", "b")]}
    project.pipeline(sink=sinks, rejects={"type": "sqlite", "path": "out.db", "table": "rejects"})
    rows = project.files(4, 5)
    project.file("f9.ndjson", ["{bad"])
    project.killed_at(seam)
    assert project.run().exit_code in (0, 4)
    for table in "ab":
        assert _rows(tmp_path / "out.db", f"SELECT id, n FROM {table}") == [(row["id"], row["n"]) for row in rows]
    assert len(_rows(tmp_path / "out.db", "SELECT * FROM rejects")) == 1


def test_new_rows_of_a_table_are_copied_once(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "in.db")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(10)])
    connection.commit()
    project = Project(tmp_path)
    project.pipeline(source={"type": "sqlite", "path": "in.db", "table": "t", "order_by": "id"})
    assert project.run(limit=3).read == 3
    assert project.run().read == 7
    connection.execute("INSERT INTO t VALUES (99)")
    connection.commit()
    connection.close()
    assert project.run().read == 1
    assert [row["id"] for row in project.out()] == [*range(10), 99]


TYPED = {
    "mapping": "1",
    "name": "typed",
    "source": {"format": "csv"},
    "fields": {
        "id": {"source": "id", "type": "integer", "required": True},
        "price": ["price", {"decimal": 2}],
        "weight": ["weight", "float"],
        "ok": ["ok", "boolean"],
        "day": ["day", "date"],
        "tags": ["tags", {"split": ","}],
        "amount": ["price", "number"],
        "never": "there is no such column",
    },
}


def test_a_run_makes_the_table_from_the_mappings_types(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,price,weight,ok,day,tags\n1,,,,,\n2,19.00,2,true,2026-01-02,"a,b"\n')
    (tmp_path / "typed.mapping.json").write_text(json.dumps(TYPED))
    pipeline = {
        "pipeline": "1",
        "source": {"type": "files", "url": "in.csv"},
        "mapping": "typed.mapping.json",
        "sink": {"type": "sqlite", "path": "out.db", "table": "t", "key": ["id"]},
    }
    (tmp_path / "p.json").write_text(json.dumps(pipeline))
    command = [sys.executable, "-c", "from crosswalk.cli.app import app; app()", "run", str(tmp_path / "p.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert _rows(tmp_path / "out.db", "SELECT sql FROM sqlite_master WHERE name = 't'") == [
        (
            'CREATE TABLE "t" ("id" INTEGER, "price" TEXT, "weight" REAL, "ok" INTEGER, "day" TEXT, "tags" TEXT,'
            ' "amount", "never" TEXT, PRIMARY KEY ("id"))',
        )
    ]
    assert _rows(tmp_path / "out.db", "SELECT * FROM t") == [
        (1, None, None, None, None, None, None, None),
        (2, "19.00", 2.0, 1, "2026-01-02", '["a", "b"]', "19.00", None),
    ]


def test_new_fields_of_a_mapping_become_columns_of_their_type(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with _sink(path).open() as writer:
        writer.write(Batch.of_rows([{"id": "x"}]))
    sink = SqliteSink(path=str(path), table="t")
    types = {"id": "integer", "price": "decimal", "n": "any", "m": "any"}
    with sink.bind(Context(base=str(tmp_path), scope="s", fence=1, types=types)).open() as writer:
        writer.write(Batch.of_rows([{"id": "y", "n": 1.5}]))
    assert _rows(path, "SELECT name, type FROM pragma_table_info('t')") == [
        ("id", "TEXT"), ("price", "TEXT"), ("n", ""), ("m", ""),
    ]  # fmt: skip


def test_an_integer_beyond_64_bits_stays_exact_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with _sink(path).open() as writer:
        writer.write(Batch.of_rows([{"id": 1, "big": 2**80}, {"id": 2, "big": 3}]))
        with pytest.raises(DataError, match="id has more than 64 bits"):
            writer.write(Batch.of_rows([{"id": 3, "big": 4}, {"id": 2**64, "big": 5}]))
        writer.write(Batch.of_rows([{"id": 4, "big": -(2**63) - 1}]))
    assert _rows(path, "SELECT id, big FROM t") == [(1, str(2**80)), (2, "3"), (4, str(-(2**63) - 1))]


MIXED = [7, "007", "7", 1.5, "1e3", "1.50", "x", 2**60, True, None, " 7", Decimal("19.00"), "7.0"]


def test_a_field_of_any_type_keeps_every_value(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    sink = SqliteSink(path=str(path), table="t")
    with sink.bind(Context(base=str(tmp_path), scope="s", fence=1, types={"v": "any"})).open() as writer:
        writer.write(Batch.of_rows([{"v": value} for value in MIXED]))
    kept = [value for (value,) in _rows(path, "SELECT v FROM t")]
    assert kept == [7, "007", "7", 1.5, "1e3", "1.50", "x", 2**60, 1, None, " 7", "19.00", "7.0"]
    assert list(map(type, kept))[:3] == [int, str, str]


@pytest.mark.parametrize(
    ("declared", "refused"),
    [
        ("INTEGER", ["007", "1e3", "1.50", " 7", "7.0"]),
        ("REAL", ["007", "1e3", "1.50", " 7", 2**60 + 1]),
        ("DECIMAL(10,2)", ["007", "1e3", "1.50", " 7", "7.0"]),
        ("VARCHAR(9)", []),
        ("", []),
    ],
)
def test_what_a_column_would_change_is_refused(tmp_path: Path, declared: str, refused: list[Any]) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE t (v {declared})")
    connection.close()
    found = []
    with _sink(path).open() as writer:
        for value in [*MIXED, 2**60 + 1]:
            try:
                writer.write(Batch.of_rows([{"v": value}]))
            except DataError as error:
                assert error.code == "M361"
                assert "the column v is" in error.message
                found.append(value)
    assert found == refused
    held = [value for (value,) in _rows(path, "SELECT v FROM t")]
    given = [value for value in [*MIXED, 2**60 + 1] if not any(value is other for other in refused)]
    for value, kept in zip(given, held, strict=True):
        if isinstance(value, str) and isinstance(kept, int | float):
            assert float(value) == kept and value in (str(kept), str(int(kept)))
        elif value is not None and not isinstance(value, str) and not isinstance(kept, str):
            assert value == kept


def test_a_run_rejects_what_a_column_would_change(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(sink={"type": "sqlite", "path": "o.db", "table": "t"})
    project.file("a.ndjson", [{"id": 1}, {"id": "007"}, {"id": "x"}])
    report = project.run()
    assert (report.written, report.rejected) == (2, 1)
    assert _rows(tmp_path / "o.db", "SELECT id FROM t") == [(1,), ("x",)]
