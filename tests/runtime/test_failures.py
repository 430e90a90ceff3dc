"""What goes wrong in a night: broken, changing and vanishing files, full disks, flaky sources, signals, leaks."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, ConnectorError, Engine, Sink, Source, StateError, UsageError, Writer, hookimpl
from crosswalk.runtime.signals import Stopper

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project


def test_a_broken_file_spares_the_others_and_leaves_nothing_of_itself(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(source={"type": "files", "url": "in/*"}, batch={"records": 1000})
    project.files(2, 3)
    whole = gzip.compress(b'{"id":1}\n' * 5000)
    (tmp_path / "in" / "f000a.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    report = project.run()
    assert (report.status, report.exit_code, report.files) == ("failed", 1, 2)
    assert list(report.failed_files) == [str(tmp_path / "in" / "f000a.ndjson.gz")]
    assert [row["id"] for row in project.out() if "n" in row] == list(range(6))
    (tmp_path / "in" / "f000a.ndjson.gz").write_bytes(whole)
    assert project.run().read == 5000


def test_a_failed_file_has_attempts_and_holds_the_watermark_back(tmp_path: Path) -> None:
    from crosswalk.runtime import state_view as view

    project = Project(tmp_path).pipeline(source={"type": "files", "url": "in/*", "order": "modified"})
    project.file("a.ndjson", [{"id": 1}])
    (tmp_path / "in" / "b.ndjson.gz").write_bytes(b"\x1f\x8b broken")
    project.file("c.ndjson", [{"id": 3}])
    for number, name in enumerate(("a.ndjson", "b.ndjson.gz", "c.ndjson")):
        os.utime(tmp_path / "in" / name, (1000 + number, 1000 + number))
    assert project.run().failed_files
    options = {"registry": project.engine.registry, "load_mapping": project.load_mapping}
    for attempt in (1, 2, 3):
        with view.opened(project.spec, **options) as (store, name):
            shown = view.state_show(store, name)
        assert shown["watermarks"] == {"0": 1000}
        assert [file["attempts"] for file in shown["files_unfinished"]] == [attempt]
        time.sleep(0.03)
        report = project.run()
    assert report.skipped == {"done": 2, "given up": 1}
    assert [row["id"] for row in project.out()] == [1, 3]


def test_after_failed_moves_the_file_away(tmp_path: Path) -> None:
    after = {"processed": "delete", "failed": "move:error/"}
    project = Project(tmp_path).pipeline(source={"type": "files", "url": "in/*", "after": after})
    project.file("a.ndjson", [{"id": 1}])
    (tmp_path / "in" / "b.ndjson.gz").write_bytes(b"\x1f\x8b broken")
    project.run()
    assert list((tmp_path / "in").iterdir()) in ([], [tmp_path / "in" / "b.ndjson.gz"])
    project.run()
    assert list((tmp_path / "in").iterdir()) == []
    assert (tmp_path / "error" / "b.ndjson.gz").exists()


def _during(project: Project, act: Any) -> Any:
    """Run, and act when the second file begins."""
    begun: list[str] = []

    def on_event(event: Any) -> None:
        if event.kind == "file_started":
            begun.append(event.data["file"])
            if len(begun) == 2:
                act()

    return project.run(on_event=on_event)


def test_a_file_that_vanishes_is_a_warning(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 2)
    report = _during(project, lambda: (tmp_path / "in" / "f001.ndjson").unlink())
    assert (report.status, report.skipped, report.read) == ("done", {"vanished": 1}, 4)
    assert "f001" in report.warnings[0]["message"]


def test_a_file_that_changes_is_left_to_the_next_run(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(3, 2)

    def grow() -> None:
        with (tmp_path / "in" / "f001.ndjson").open("a") as stream:
            stream.write('{"id": 99}\n')

    report = _during(project, grow)
    assert (report.status, report.skipped.get("changed"), report.read) == ("done", 1, 4)
    assert project.run().read == 3
    assert sorted(row["id"] for row in project.out()) == [0, 1, 2, 3, 4, 5, 99]


def test_settle_leaves_fresh_files_alone(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline(source={"type": "files", "url": "in/*", "settle": "1h"})
    project.files(2, 1)
    os.utime(tmp_path / "in" / "f000.ndjson", (1000, 1000))
    assert project.run().read == 1


@dataclass(frozen=True)
class Flaky(Source):
    """Fails as told, once per number in `at`."""

    type: ClassVar[str] = "flaky"
    kind_of_error: str = "transient"
    failures: ClassVar[list[int]] = []

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for number in range(cursor or 0, 10):
            if number in self.failures:
                self.failures.remove(number)
                raise ConnectorError("C999", "the line went dead", kind=self.kind_of_error)  # type: ignore[arg-type]
            yield Batch.of_rows([{"id": number}], cursor=number + 1)


@dataclass(frozen=True)
class FlakySink(Sink):
    """Fails its first writes; keeps what was flushed."""

    type: ClassVar[str] = "flaky_sink"
    failures: ClassVar[list[int]] = []
    kept: ClassVar[list[Any]] = []

    @contextmanager
    def open(self) -> Iterator[Writer]:
        yield FlakyWriter()


class FlakyWriter:
    def __init__(self) -> None:
        self._rows: list[Any] = []

    def write(self, batch: Batch) -> None:
        self._rows += batch.rows

    def flush(self) -> None:
        if FlakySink.failures:
            FlakySink.failures.pop()
            raise ConnectorError("C997", "reset", kind="transient")
        FlakySink.kept += self._rows
        self._rows = []


plugin: Any = types.ModuleType("test_plugin")
plugin.crosswalk_sources = hookimpl(lambda: [Flaky], specname="crosswalk_sources")
plugin.crosswalk_sinks = hookimpl(lambda: [FlakySink], specname="crosswalk_sinks")


def _flaky(tmp_path: Path, **members: Any) -> Project:
    project = Project(tmp_path).pipeline(**({"source": {"type": "flaky"}} | members))
    project.engine = Engine(plugin)
    return project


def test_transient_failures_are_tried_again_where_they_happened(tmp_path: Path) -> None:
    project = _flaky(tmp_path)
    Flaky.failures[:] = [0, 3, 3, 7]
    assert project.run().status == "done"
    assert [row["id"] for row in project.out()] == list(range(10))


@pytest.mark.parametrize("kind", ["permanent", "auth"])
def test_other_failures_are_not_and_the_next_run_goes_on(tmp_path: Path, kind: str) -> None:
    project = _flaky(tmp_path, source={"type": "flaky", "kind_of_error": kind})
    Flaky.failures[:] = [9]
    report = project.run()
    assert report.status == "failed"
    assert report.error is not None
    assert report.error["code"] == "C999"
    assert report.read == 8
    assert project.run().attempt == 2
    assert [row["id"] for row in project.out()] == list(range(10))


def test_a_sink_at_least_once_repeats_no_more_than_an_interval(tmp_path: Path) -> None:
    project = _flaky(tmp_path, sink={"type": "flaky_sink"})
    Flaky.failures[:] = []
    FlakySink.failures[:] = [1, 1]
    FlakySink.kept[:] = []
    report = project.run()
    assert (report.status, report.guarantee) == ("done", "at_least_once")
    assert {row["id"] for row in FlakySink.kept} == set(range(10))
    assert len(FlakySink.kept) <= 10 + 4


def test_require_is_enforced(tmp_path: Path) -> None:
    project = _flaky(tmp_path, sink={"type": "flaky_sink"}, require="effectively_once")
    with pytest.raises(UsageError, match="P130") as caught:
        project.run()
    assert any("flaky_sink" in note for note in caught.value.notes)
    assert not (tmp_path / ".crosswalk").exists()


def test_a_secret_may_not_stand_where_it_would_be_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2hunter2")
    project = Project(tmp_path).pipeline(sink={"type": "files", "url": "out/${secret:DB_PASSWORD}.ndjson"})
    with pytest.raises(UsageError, match="P125"):
        project.run()
    with pytest.raises(UsageError, match="P125"):
        project.run(dry_run=True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_batch_and_commits(tmp_path: Path, number: int, code: int) -> None:
    project = Project(tmp_path).pipeline()
    rows = project.files(4, 5)
    stopper = Stopper()
    report = project.run(
        stopper=stopper,
        on_event=lambda e: stopper.request(number) if e.kind == "batch" and e.data["read"] > 7 else None,
    )
    assert (report.status, report.exit_code, report.read) == ("interrupted", code, 9)
    assert project.out() == []
    assert project.run().read == 20
    assert project.out() == rows


def test_a_real_signal(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    rows = project.files(300, 2)
    process = project.process()
    while not list((tmp_path / "out").glob(".crosswalk-*")):
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output.split()[0]) == (143, "interrupted")
    project.run()
    assert project.out() == rows


@pytest.mark.skipif(os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="mounting needs root")
@pytest.mark.parametrize("where", ["out", ".crosswalk"])
def test_disk_full_is_an_error_and_the_next_run_goes_on(tmp_path: Path, where: str) -> None:
    (tmp_path / where).mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path / where)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("cannot mount")
    try:
        project = Project(tmp_path).pipeline(batch={"records": 200}, lock={"ttl": "1s", "wait": "5s"})
        rows = [{"id": at, "text": "x" * 300 if where == "out" else "", "n": at} for at in range(2000)]
        lines: list[Any] = rows if where == "out" else [f"bad {'x' * 300} {at}" for at in range(2000)]
        project.file("a.ndjson", lines)
        try:
            report = project.run()
            assert report.status == "failed"
            assert report.error is not None
            found = report.error
        except StateError as error:
            found = error.diagnostics[0].to_dict()
        assert found["code"] in ("C103", "S103")
        assert "free some space" in found["fix"]
        assert list((tmp_path / "out").glob("*.ndjson")) == []
        subprocess.run(["mount", "-o", "remount,size=20m", str(tmp_path / where)], check=True)
        again = project.run()
        assert again.exit_code == (0 if where == "out" else 4)
        assert len(project.out()) == (2000 if where == "out" else 0)
        assert len(project.rejects()) == (0 if where == "out" else 2000)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / where)], check=False)


def test_metrics_file(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    project.files(2, 3)
    project.run(metrics=str(tmp_path / "m" / "crosswalk.prom"))
    lines = (tmp_path / "m" / "crosswalk.prom").read_text().splitlines()
    assert 'crosswalk_run_records_read{pipeline="test"} 6' in lines
    assert 'crosswalk_run_success{pipeline="test"} 1' in lines
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["crosswalk.prom"]


def test_skip_and_stop(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(MAPPING), on_error={"record": "skip"})
    project.file("a.ndjson", [{"id": 1, "n": "x"}, {"id": 2, "n": 2}])
    assert project.run().rejected == 1
    assert project.rejects() == []
    project.pipeline(name="other", mapping=project.mapping(MAPPING), on_error={"record": "stop"})
    assert project.run().status == "failed"


@pytest.mark.parametrize("ending", ["csv", "xml"])
def test_a_record_that_the_format_cannot_carry_is_a_reject(tmp_path: Path, ending: str) -> None:
    mapping = {"mapping": "1", "source": {"format": "ndjson"}, "fields": {"n": "id", "t": "t"}}
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(mapping), sink={"type": "files", "url": f"out/a.{ending}"})
    texts = ["aa", "b\0", "cc", "dd"]
    project.file("a.ndjson", [{"id": at, "t": text} for at, text in enumerate(texts)])
    report = project.run()
    assert (report.status, report.exit_code, report.written, report.rejected) == ("done", 4, 3, 1)
    (reject,) = project.rejects()
    assert (reject["stage"], reject["source"]["number"], reject["errors"][0]["code"][:3]) == ("write", 2, "M31")
    written = (tmp_path / "out" / f"a.{ending}").read_text()
    assert [text in written for text in texts] == [True, False, True, True]
    assert project.run().read == 0


def test_rejects_of_writing_stand_among_those_of_mapping(tmp_path: Path) -> None:
    mapping = {"mapping": "1", "source": {"format": "ndjson"}, "fields": {"n": ["n", "int"], "t": "t"}}
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(mapping), sink={"type": "files", "url": "out/a.csv"})
    project.file("a.ndjson", [{"n": "1", "t": "a\0"}, {"n": "x", "t": "b"}, {"n": "3", "t": "c\0"}])
    assert project.run().rejected == 3
    found = [(reject["source"]["number"], reject["stage"]) for reject in project.rejects()]
    assert found == [(1, "write"), (2, "map"), (3, "write")]


def test_a_record_that_is_refused_too_late_ends_the_run_with_a_reason(tmp_path: Path) -> None:
    table = {"type": "files", "url": "out/a.csv", "format": {"type": "csv", "header": ["id"]}}
    sinks = [{"type": "files", "url": "out/a.ndjson"}, table]
    project = Project(tmp_path).pipeline(sink={"type": "tee", "sinks": sinks})
    project.file("a.ndjson", [{"id": 1}])
    project.file("b.ndjson", [{"id": 2, "unheard_of": 3}])
    report = project.run()
    assert report.error is not None
    assert report.error["code"] == "R121"
    assert "M316" in report.error["message"]
    assert "columns" in report.next_step


@pytest.mark.parametrize("moment", ["after_flush:1", "after_flush:2", "after_publish:1", "after_publish:2"])
def test_rejects_of_the_sink_survive_a_kill_between_the_commits(tmp_path: Path, moment: str) -> None:
    project = Project(tmp_path).pipeline(sink={"type": "sqlite", "path": "o.db", "table": "t"})
    with closing(sqlite3.connect(tmp_path / "o.db")) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    project.file("a.ndjson", [{"id": at // 2, "n": at} for at in range(20)])
    assert project.killed_at(moment)
    assert project.run().status == "done"
    assert [reject["record"]["n"] for reject in project.rejects()] == list(range(1, 20, 2))
    assert {reject["errors"][0]["code"] for reject in project.rejects()} == {"M361"}
    with closing(sqlite3.connect(tmp_path / "o.db")) as connection:
        assert connection.execute("SELECT n FROM t ORDER BY n").fetchall() == [(n,) for n in range(0, 20, 2)]
