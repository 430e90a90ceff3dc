"""Worker processes end with their run, however that ends; nothing is lost, doubled or left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Project

HERE = str(Path(__file__).parent)
SCRIPT = f"""
import json, os, sys, threading, time
sys.path.insert(0, {HERE!r})
import acme_workers
os.environ[acme_workers.MAIN] = str(os.getpid())
import at_once
started = at_once.start_at_once()

def tell():
    while not (started and all(at_once.processes_of(rows) for rows in started)):
        time.sleep(0.01)
    pids = [pid for rows in started for pid in at_once.processes_of(rows)]
    open("pids.new", "w").write(json.dumps(pids))
    os.rename("pids.new", "pids")

threading.Thread(target=tell, daemon=True).start()
from crosswalk import Engine
print("main runs", flush=True)
report = Engine(acme_workers).run("pipeline.json")
print(report.status, flush=True)
sys.exit(report.exit_code)
"""
ROWS = [{"id": n, "n": "x" if n % 97 == 5 else str(n)} for n in range(4000)]


def project(folder: Path, how: str = "slow", **members: Any) -> Project:
    made = Project(folder)
    made.mapping(
        {
            "mapping": "1",
            "source": {"format": "ndjson"},
            "target": {"schema": {"type": "object", "unevaluatedProperties": True}},  # has no columnar form
            "fields": {"id": ["id", {"acme.misbehave": {"how": how}}], "n": ["n", "int"]},
        }
    )
    made.pipeline(
        mapping="m.json", executor={"type": "local", "workers": 2}, sink={"type": "files", "url": "out/o.ndjson"},
        batch={"records": 500}, rejects={"type": "files", "url": "out/r.ndjson"}, **members,
    )  # fmt: skip
    made.file("a.ndjson", ROWS)
    return made


def started(folder: Path, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=folder, env=os.environ | env, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    """Starts runs, and ends what is left of them."""
    runs: list[subprocess.Popen[str]] = []

    def start(**env: str) -> subprocess.Popen[str]:
        runs.append(started(tmp_path, **env))
        return runs[-1]

    yield start
    for each in runs:
        if each.poll() is None:
            each.kill()
        each.communicate()


def workers(folder: Path) -> list[int]:
    """The ids of the worker processes of a run, once there are some."""
    wait(lambda: (folder / "pids").exists())
    return json.loads((folder / "pids").read_text())  # type: ignore[no-any-return]


def wait(until: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether the process is not there, or dead and not reaped by whoever has it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def finished(folder: Path, run: Any) -> None:
    """Run to the end; everything is there once, in order."""
    done = run()
    output, errors = done.communicate(timeout=120)
    assert done.returncode in (0, 4), output + errors
    good = [{"id": row["id"], "n": int(row["n"])} for row in ROWS if row["n"] != "x"]
    assert [json.loads(line) for line in (folder / "out/o.ndjson").read_text().splitlines()] == good
    rejects = [json.loads(line) for line in (folder / "out/r.ndjson").read_text().splitlines()]
    assert [reject["record"]["id"] for reject in rejects] == [row["id"] for row in ROWS if row["n"] == "x"]


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks for processes in /proc")


@needs_proc
@pytest.mark.parametrize("seam", ["after_read:6", "after_write:4", "after_flush:2", "before_put:3", "after_publish:1"])
def test_a_run_that_is_killed(tmp_path: Path, run: Any, seam: str) -> None:
    project(tmp_path)
    killed = run(CROSSWALK_TEST_KILL_AT=seam)
    pids = workers(tmp_path)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    wait(lambda: all(map(gone, pids)), 20)
    finished(tmp_path, run)


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop(tmp_path: Path, run: Any, number: int) -> None:
    project(tmp_path)
    asked = run()
    pids = workers(tmp_path)
    os.killpg(asked.pid, number)  # as a terminal does
    output, errors = asked.communicate(timeout=60)
    assert asked.returncode == 128 + number, output + errors
    assert "interrupted" in output
    assert not errors
    assert all(map(gone, pids))
    finished(tmp_path, run)


@needs_proc
def test_workers_that_hang_are_left_at_the_second_signal(tmp_path: Path, run: Any) -> None:
    project(tmp_path, "hang")
    hangs = run()
    pids = workers(tmp_path)
    time.sleep(0.3)
    os.killpg(hangs.pid, signal.SIGINT)
    time.sleep(0.3)
    os.killpg(hangs.pid, signal.SIGINT)
    hangs.communicate(timeout=30)
    assert hangs.returncode in (1, -signal.SIGINT, 130)
    wait(lambda: all(map(gone, pids)), 20)


@needs_proc
def test_a_worker_that_is_killed(tmp_path: Path, run: Any) -> None:
    project(tmp_path)
    going = run()
    pids = workers(tmp_path)
    os.kill(pids[0], signal.SIGKILL)
    output, errors = going.communicate(timeout=60)
    assert going.returncode == 4, output + errors
    assert output.splitlines() == ["main runs", "done"], "the main module ran once, and nothing else wrote"
    assert all(map(gone, pids))
    (tmp_path / "in/a.ndjson").write_text("")
    good = [row["id"] for row in ROWS if row["n"] != "x"]
    assert [json.loads(line)["id"] for line in (tmp_path / "out/o.ndjson").read_text().splitlines()] == good
