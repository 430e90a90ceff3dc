"""Rows mapped on worker processes: the same output, order, rejects, counts and messages as in one process."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Engine
from crosswalk.cli.stray import guarded_stdout

sys.path.insert(0, str(Path(__file__).parent))
from at_once import done_elsewhere, processes_of, start_at_once
from pipelines import Project

SCHEMA = {
    "schema": {"type": "object", "properties": {"n": {"type": ["integer", "number"]}}, "unevaluatedProperties": True}
}
"""Keeps a mapping from having a columnar form."""


def document(**members: Any) -> dict[str, Any]:
    fields = {"id": "id", "n": ["n", "int"], "t": ["t", "trim", "upper"]}
    return {"mapping": "1", "name": "m", "source": {"format": "ndjson"}, "target": SCHEMA, "fields": fields} | members


MAPPINGS = {
    "plain": document(),
    "filtered": document(filter={"n": {"ne": "7"}}),
    "warned": document(checks=[{"when": {"$out.n": {"gt": 90}}, "message": "much", "level": "warn"}]),
    "exploded": document(
        explode={"path": "items", "as": "item", "index_as": "i"}, fields={"id": "id", "i": "$i", "item": "$item"}
    ),
    "several": document(
        outputs=[{"name": "a", "fields": {"id": "id"}}, {"name": "b", "where": {"n": "3"}, "fields": {"n": "n"}}],
        fields=None,
    ),
    "grouped": document(group={"by": ["t"], "scope": "batch"}, fields={"t": "$rows[0].t", "count": ["$rows", "count"]}),
    "skipped": document(on_error={"record": "skip"}),
    "placed": document(fields={"row": "$meta.row", "line": "$meta.line", "run": "$run.id", "n": ["n", "int"]}),
    "passed": document(passthrough=True),
    "big": document(fields={"id": "id", "big": ["big", "decimal"], "n": ["n", "int"]}),
    "looked up": document(
        tables={"t": {"file": "table.csv", "key": "k"}},
        fields={"id": "id", "v": {"lookup": {"table": "t", "key": "n", "return": "v", "on_missing": "null"}}},
    ),
    "sensitive": document(fields={"id": "id", "n": {"source": "n", "resolve": "int", "sensitive": True}}),
}
SINKS = {
    "one file": {"type": "files", "url": "out/${pipeline}.ndjson"},
    "csv": {"type": "files", "url": "out/${pipeline}.csv"},
    "by field": {"type": "files", "url": "out/{t}.ndjson"},
    "tee": {
        "type": "tee",
        "sinks": [{"type": "files", "url": "out/a.ndjson"}, {"type": "files", "url": "out/b.json"}],
    },
    "mixed tee": {"type": "tee", "sinks": [{"type": "files", "url": "out/a.ndjson"}, {"type": "sqlite", "path": "x.db",
                  "table": "t", "key": ["id"]}]},
}  # fmt: skip

PIPELINE: dict[str, Any] = {
    "source": {"type": "files", "url": "../in/*.*"},
    "sink": SINKS["one file"],
    "rejects": {"type": "files", "url": "rejects/r.ndjson"},
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    return start_at_once(monkeypatch)


def records(count: int, *, bad: bool = True) -> list[Any]:
    found: list[Any] = []
    for n in range(count):
        number: Any = "x" if bad and n % 37 == 5 else str(n % 100)
        row = {"id": n, "n": number, "t": f" t{n % 3} ", "items": list(range(n % 4)), "big": 10**20 + n}
        found.append(row)
        if bad and n % 101 == 7:
            found += ['{"broken": ', "", '["no", "object"]']
    return found


def project(folder: Path, mapping: dict[str, Any], workers: int, **members: Any) -> Project:
    folder.mkdir()
    made = Project(folder)
    (folder / "table.csv").write_text("k,v\n1,one\n2,two\n")
    name = made.mapping({key: value for key, value in mapping.items() if value is not None})
    made.pipeline(
        mapping=name, executor={"type": "local", "workers": workers}, batch={"records": 300, "seconds": "1h"},
        **PIPELINE | members,
    )  # fmt: skip
    return made


def outcome(made: Project) -> dict[str, Any]:
    """All that a run leaves behind, but for ids, times and folders."""
    commits: list[Any] = []

    def heard(event: Any) -> None:
        if event.kind == "committed":
            commits.append({name: event.data[name] for name in ("read", "written", "rejected", "filtered")})

    report = made.run(on_event=heard).to_dict()
    found: dict[str, Any] = {"commits": commits}
    found["report"] = {name: value for name, value in report.items() if name not in ("seconds", "rate", "bytes_rate")}
    for place in ("out", "rejects"):
        for path in sorted((made.folder / place).rglob("*.*")):
            if path.is_file() and "/." not in str(path):
                found[str(path.relative_to(made.folder))] = path.read_text()
    text = json.dumps(found).replace(str(made.folder), "")
    text = re.sub(r"[0-9]{8}T[0-9]{9}-[0-9a-f]{6}", "RUN", text)
    return json.loads(re.sub(r'\\"at\\": ?\\"[^"]*"', "", text))  # type: ignore[no-any-return]


def same(
    tmp_path: Path,
    started: list[Any],
    mapping: dict[str, Any],
    rows: list[Any],
    elsewhere: bool = True,
    **members: Any,
) -> None:
    one = project(tmp_path / "one", mapping, 1, **members)
    two = project(tmp_path / "two", mapping, 2, **members)
    source = Project(tmp_path)
    source.file("a.ndjson", rows[: len(rows) // 2])
    source.file("b.ndjson", rows[len(rows) // 2 :])
    expected = outcome(one)
    assert not started
    found = outcome(two)
    assert started
    assert found == expected
    assert bool(done_elsewhere(started)) is elsewhere
    assert not alive(started)


def alive(started: list[Any]) -> list[int]:
    """Worker processes that are still there."""
    return [pid for rows in started if rows._remote is not None for pid in processes_of(rows) if running(pid)]


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name in MAPPINGS if name != "several"])
def test_mappings(tmp_path: Path, started: list[Any], name: str) -> None:
    same(tmp_path, started, MAPPINGS[name], records(1500))


@pytest.mark.parametrize("name", SINKS)
def test_sinks(tmp_path: Path, started: list[Any], name: str) -> None:
    same(tmp_path, started, MAPPINGS["plain"], records(900, bad=name != "mixed tee"), sink=SINKS[name])


def test_several_outputs(tmp_path: Path, started: list[Any]) -> None:
    sinks = {"a": {"type": "files", "url": "out/a.ndjson"}, "b": {"type": "files", "url": "out/b.csv"}}
    same(tmp_path, started, MAPPINGS["several"], records(900), sinks=sinks, sink=None)


def test_stop_at_the_first_reject(tmp_path: Path, started: list[Any]) -> None:
    rows = [*records(500, bad=False), {"id": 500, "n": "x", "t": ""}, *records(100, bad=False)]
    same(tmp_path, started, document(on_error={"record": "stop"}), rows)


def test_too_many_rejects(tmp_path: Path, started: list[Any]) -> None:
    same(tmp_path, started, document(), records(1500), on_error={"max_rejects": 20})


def test_a_record_that_the_sink_cannot_carry(tmp_path: Path, started: list[Any]) -> None:
    rows = records(900, bad=False)
    rows[400]["t"] = rows[401]["t"] = "\ud800"
    same(tmp_path, started, document(), rows)


@pytest.mark.parametrize(
    "members",
    [
        {"fields": {"id": "id", "u": {"resolve": "uuid4"}}, "nondeterministic": True},
        {"fields": {"id": "id", "s": {"resolve": {"sequence": "s"}}}, "nondeterministic": True},
        {"group": {"by": ["t"]}, "fields": {"t": "$rows[0].t", "count": ["$rows", "count"]}},
    ],
)
def test_what_stays_in_one_process(tmp_path: Path, started: list[Any], members: dict[str, Any]) -> None:
    made = project(tmp_path / "two", document(**members), 2)
    Project(tmp_path).file("a.ndjson", records(900, bad=False))
    assert made.run().status == "done"
    assert not started


def test_few_records_start_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswalk.runtime.remote.Workers._start", lambda self, start: pytest.fail("started"))
    made = project(tmp_path / "two", document(), 2)
    Project(tmp_path).file("a.ndjson", records(900))
    assert made.run().read == 900 + 2 * 9


# ---- workers that fail --------------------------------------------------------------------------------------------


def misbehaving(how: str, **args: Any) -> dict[str, Any]:
    return document(fields={"id": ["id", {"acme.misbehave": {"how": how, **args}}], "n": ["n", "int"]})


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plugin that misbehaves in workers, for all engines."""
    import acme_workers

    monkeypatch.setenv(acme_workers.MAIN, str(os.getpid()))
    monkeypatch.setattr("pipelines.Engine", lambda: Engine(acme_workers))
    return acme_workers


@pytest.mark.parametrize("every", [1, 700, 1000])
@pytest.mark.parametrize("how", ["die", "exit", "raise"])
def test_what_a_worker_cannot_do_is_done_here(
    tmp_path: Path, started: list[Any], acme: Any, how: str, every: int
) -> None:
    same(tmp_path, started, misbehaving(how, every=every, at=every - 1), records(3000), elsewhere=every > 1)


def test_a_plugin_that_breaks_is_named_as_ever(tmp_path: Path, started: list[Any], acme: Any) -> None:
    same(tmp_path, started, misbehaving("break", every=1000, at=777), records(1500))


def test_what_workers_print_goes_to_stderr(
    tmp_path: Path, started: list[Any], acme: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    made = project(tmp_path / "two", misbehaving("print"), 2, sink={"type": "stdout"})
    Project(tmp_path).file("a.ndjson", records(2000, bad=False))
    with guarded_stdout():
        assert made.run().written == 2000
    told = capfd.readouterr()
    assert [json.loads(line)["id"] for line in told.out.splitlines()] == list(range(2000))
    assert told.err.count("warning: acme_workers printed to stdout: value") >= 40


def test_a_plugin_that_cannot_be_imported_by_its_name(
    tmp_path: Path, started: list[Any], acme: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", acme)
    monkeypatch.setattr(acme, "__name__", "__main__")
    same(tmp_path, started, misbehaving("none"), records(900), elsewhere=False)
