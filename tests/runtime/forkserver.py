"""A process that has imported crosswalk once and forks children of it, which run a pipeline and may be killed.

A start by fork costs a hundredth of a start of Python, so that hundreds of kills take seconds. Tests talk to it through
`Forks`; the process itself reads one JSON list of tasks a line and answers with one JSON list of exit statuses.

A task: `folder` of the project, `action` (run or replay; of `only` one reject), and at most one moment to die at:
`seam` (`name:n`), `call` (before or after the n-th call that changes files or a database: the same moment in every run)
or `after` (seconds: any moment, within system calls too). `stdout`: a file to append the standard output to. `clock`:
seconds that its wall clock is ahead of the machine's. `uid`: the user to become. `largest`: the bytes that a file may
have, as on a disk that is full.
"""

from __future__ import annotations

import builtins
import functools
import gc
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crosswalk import Engine

KILLED = -signal.SIGKILL
CHANGING = ("open", "fsync", "replace", "rename", "unlink", "mkdir", "makedirs", "rmdir")


class Forks:
    """The client: `run` tasks (at once, when there are several) and get their exit statuses, -9 for a killed one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *tasks: dict[str, Any]) -> list[int]:
        """Statuses in the order of the tasks; a child that ended with a traceback fails the test."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(tasks) + "\n")
        self._process.stdin.flush()
        statuses: list[int] = json.loads(self._process.stdout.readline())
        for task, status in zip(tasks, statuses, strict=True):
            if status not in (0, 1, 2, 3, 4, 130, 143, KILLED):
                raise AssertionError((status, (Path(task["folder"]) / "stderr.txt").read_text()))
        return statuses

    def calls(self, folder: Path, **task: Any) -> int:
        """How many moments an undisturbed run has to be killed at by `call`."""
        (status,) = self.run({"folder": str(folder), "count": True, **task})
        assert status in (0, 4)
        return int((folder / "calls.txt").read_text())


@contextmanager
def forks() -> Iterator[Forks]:
    """A server for as long as the context is open."""
    command = [sys.executable, __file__]
    # Buffered, as a user's standard output is: a kill must find something to lose.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()


def _warm_up() -> Engine:
    """Run a pipeline, so that everything a child needs is imported, and its plugins are found."""
    from pipelines import MAPPING, Project

    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        names = ("out/a.csv", "out/a.ndjson")
        sinks = [{"type": "files", "url": name} for name in names] + [{"type": "sqlite", "path": "a.db", "table": "a"}]
        project.pipeline(mapping=project.mapping(MAPPING), sink={"type": "tee", "sinks": sinks})
        project.file("a.ndjson", [{"id": 1, "n": 2}, {"id": 1, "n": "x"}])
        project.run()
        return project.engine


def _serve(engine: Engine) -> None:
    # Killing a process loses nothing that it gave to the operating system, and collecting garbage copies pages.
    os.fsync = lambda handle: None
    gc.disable()
    for line in sys.stdin:
        tasks = json.loads(line)
        pids = [_fork(task, engine) for task in tasks]
        print(json.dumps(_ended(pids, [task.get("after") for task in tasks])), flush=True)


def _fork(task: dict[str, Any], engine: Engine) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 99
    try:
        _redirect(task)
        status = _child(task, engine)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(pids: list[int], limits: list[float | None]) -> list[int]:
    began = time.monotonic()
    found: dict[int, int] = {}
    while len(found) < len(pids):
        for pid, limit in zip(pids, limits, strict=True):
            if pid in found:
                continue
            if limit is not None and time.monotonic() - began >= limit:
                os.kill(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                found[pid] = os.waitstatus_to_exitcode(status)
        time.sleep(0.0003)
    return [found[pid] for pid in pids]


def _redirect(task: dict[str, Any]) -> None:
    folder = Path(task["folder"])
    for number, path in ((0, os.devnull), (1, task.get("stdout", os.devnull)), (2, folder / "stderr.txt")):
        handle = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(handle, number)


def _child(task: dict[str, Any], engine: Engine) -> int:
    from pipelines import Project

    from crosswalk.errors import CrosswalkError
    from crosswalk.runtime import replay, seams

    if "largest" in task:
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["largest"], task["largest"]))
    if "uid" in task:
        os.setuid(task["uid"])
    seams._WANTED = task.get("seam", "")
    if "clock" in task:
        wall, ahead = time.time, task["clock"]
        time.time = lambda: wall() + ahead
    project = Project(Path(task["folder"]))
    project.engine = engine
    counter = _Calls(task.get("call"))
    if "call" in task or "count" in task:
        counter.watch()
    try:
        if task.get("action") == "replay":
            options = {"registry": project.engine.registry, "load_mapping": project.load_mapping}
            code = replay.replay(project.spec, only=task.get("only"), **options).exit_code
        else:
            report = project.run()
            code = report.exit_code
            print(report.status, report.error, report.failed_files, report.warnings, file=sys.stderr)
    except CrosswalkError as error:
        print(error, error.fix, file=sys.stderr)
        code = error.exit_code
    if "count" in task:
        (project.folder / "calls.txt").write_text(str(counter.seen))
    return code


class _Calls:
    """Counts the moments before and after the calls that change files and databases, and kills at the one wanted."""

    def __init__(self, wanted: int | None) -> None:
        self.seen = 0
        self._wanted = wanted

    def watch(self) -> None:
        """Count from now on."""
        for name in CHANGING:
            setattr(os, name, self._counted(getattr(os, name)))
        builtins.open = self._counted(open)
        connection = type("Counted", (sqlite3.Connection,), {
            name: self._counted(getattr(sqlite3.Connection, name)) for name in ("execute", "executemany", "close")
        })  # fmt: skip
        sqlite3.connect = functools.partial(sqlite3.connect, factory=connection)

    def _counted(self, call: Any) -> Any:
        def counted(*values: Any, **named: Any) -> Any:
            self._moment()
            found = call(*values, **named)
            self._moment()
            return found

        return counted

    def _moment(self) -> None:
        self.seen += 1
        if self.seen == self._wanted:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _serve(_warm_up())
