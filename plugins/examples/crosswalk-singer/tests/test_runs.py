"""Whole runs: what they lose (nothing) and repeat when crosswalk, the tap or the target dies at any place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import TAP, TARGET, alive, lines

from crosswalk import Engine

COUNT = 50
MAPPING = {"mapping": "1", "fields": {"n": ["n", "int"], "name": "name"}}
PLACES = ("after_read:1", "after_write:3", "after_write:6", "before_flush:2", "before_put:1", "after_put:1")
CROSSWALK = [sys.executable, "-c", "from crosswalk.cli import main; main()"]


def _pipeline(folder: Path, tap: dict[str, Any], target: dict[str, Any], commit: str = "restart") -> Path:
    (folder / "m.mapping.json").write_text(json.dumps(MAPPING))
    source = {"type": "singer_tap", "command": TAP, "discover": False}
    sink = {"type": "singer_target", "command": TARGET, "commit": commit, "key": ["n"]}
    document = {
        "pipeline": "1",
        "name": "p",
        "source": source | {"config": {"streams": {"numbers": COUNT}, "state_every": 3} | tap},
        "mapping": "m.mapping.json",
        "sink": sink | {"config": {"path": str(folder / "out"), "at_state": commit == "state"} | target},
        "batch": {"records": 10},
    }
    path = folder / "p.json"
    path.write_text(json.dumps(document))
    return path


def _run(path: Path, kill_at: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CROSSWALK_TEST_KILL_AT": kill_at, "TMPDIR": str(path.parent)}
    return subprocess.run(
        [*CROSSWALK, "run", str(path)], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def _numbers(folder: Path) -> list[int]:
    return [record["n"] for record in lines(folder / "out")]


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    assert done()


def _committed(path: Path) -> Any:
    shown = subprocess.run(
        [*CROSSWALK, "state", "show", str(path), "--json"], capture_output=True, text=True, check=True
    )
    cursors = json.loads(shown.stdout)["state"]["cursors"]
    return cursors["0"]["cursor"]["state"]["numbers"] if cursors else 0


@pytest.mark.parametrize(
    ("commit", "kill_at"),
    [
        *(("restart", place) for place in PLACES),
        ("end", "after_write:4"),
        ("end", "before_put:1"),
        ("state", "after_write:3"),
        ("state", "before_put:2"),
    ],
)
def test_killed_anywhere_every_record_arrives(tmp_path: Path, commit: str, kill_at: str) -> None:
    path = _pipeline(tmp_path, {}, {}, commit)
    killed = _run(path, kill_at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    _until(lambda: not list(tmp_path.glob("crosswalk-singer-*")))
    kept = _numbers(tmp_path)
    assert Engine().run(path).status == "done"
    assert set(_numbers(tmp_path)) == set(range(COUNT))
    # Only what the killed run had kept and not committed comes twice.
    assert len(_numbers(tmp_path)) <= COUNT + len(kept)
    assert _committed(path) == COUNT


def test_runs_go_on_where_the_tap_stood(tmp_path: Path) -> None:
    path = _pipeline(tmp_path, {}, {})
    assert Engine().run(path, limit=20).read == 20
    report = Engine().run(path)
    assert (report.status, report.guarantee) == ("done", "at_least_once")
    assert set(_numbers(tmp_path)) == set(range(COUNT))
    assert Engine().run(path).read == 0


@pytest.mark.parametrize("commit", ["end", "restart", "state"])
def test_a_tap_that_dies_commits_nothing_behind_its_last_state(tmp_path: Path, commit: str) -> None:
    path = _pipeline(tmp_path, {"streams": {"numbers": 40}, "exit": 5, "stderr": "CRITICAL gone"}, {}, commit)
    failed = _run(path)
    assert failed.returncode == 1
    assert "error[C902]: the tap " in failed.stderr
    assert " ended with exit status 5\n  = tap: CRITICAL gone\n" in failed.stderr
    committed = _committed(path)
    assert committed < 40
    assert committed == 0 if commit == "end" else committed > 0
    assert committed % 3 == 0
    assert set(_numbers(tmp_path)) >= set(range(committed))
    path = _pipeline(tmp_path, {}, {}, commit)
    assert Engine().run(path).status == "done"
    assert set(_numbers(tmp_path)) == set(range(COUNT))


@pytest.mark.parametrize("commit", ["end", "restart", "state"])
def test_a_target_that_dies_loses_nothing(tmp_path: Path, commit: str) -> None:
    path = _pipeline(tmp_path, {}, {"die_after": 7, "exit": 9}, commit)
    failed = _run(path)
    assert failed.returncode == 1
    assert "exit status 9" in failed.stderr
    path = _pipeline(tmp_path, {}, {}, commit)
    assert Engine().run(path).status == "done"
    assert set(_numbers(tmp_path)) == set(range(COUNT))


def test_taps_and_targets_die_with_crosswalk_and_leave_no_file(tmp_path: Path) -> None:
    """A target that outlived a killed run would write beside the one of the next."""
    path = _pipeline(tmp_path, {"sleep_at_end": 600}, {})
    document = json.loads(path.read_text())
    note = f"echo $$ >> {tmp_path}/pids; exec "
    for side, command in (("source", TAP), ("sink", TARGET)):
        document[side]["command"] = ["/bin/sh", "-c", note + '"$@"', "sh", *command]
    document["sink"]["commit"] = "end"
    path.write_text(json.dumps(document))
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    run = subprocess.Popen([*CROSSWALK, "run", str(path)], env=env, stderr=subprocess.DEVNULL)
    pids = tmp_path / "pids"
    _until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    assert len(list(tmp_path.glob("crosswalk-singer-*"))) == 2
    run.kill()
    run.wait()
    _until(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()))
    _until(lambda: not list(tmp_path.glob("crosswalk-singer-*")))


def test_a_run_that_is_stopped_ends_them_in_order(tmp_path: Path) -> None:
    path = _pipeline(tmp_path, {"sleep_at_end": 600}, {})
    run = subprocess.Popen([*CROSSWALK, "run", str(path)], env={**os.environ, "TMPDIR": str(tmp_path)})
    _until(lambda: len(set(_numbers(tmp_path))) >= 30)
    run.send_signal(signal.SIGTERM)
    assert run.wait(60) == 143
    assert not list(tmp_path.glob("crosswalk-singer-*"))
    assert set(_numbers(tmp_path)) >= set(range(_committed(path)))
