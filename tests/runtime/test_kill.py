"""Two hundred kills at random moments, for every sink: after running again, the output is that of an undisturbed run.

Half of the moments are calls by number, the same in every run of the test; half are times. CROSSWALK_TEST_SEED picks
others; a failure names the seed and the moments that led to it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from forkserver import KILLED, Forks
from pipelines import Project

KILLS = 200
SEED = os.environ.get("CROSSWALK_TEST_SEED", "7")
RECORDS = 9
INTERVAL = 4

MAPPING = {
    "mapping": "1",
    "source": {"format": "ndjson"},
    "target": {"columns": ["id", "group", "double"]},
    "fields": {"id": "id", "group": "group", "double": ["n", {"multiply": 2}]},
}
INSERT = {"type": "sqlite", "path": "out.db", "table": "t"}
NDJSON = {"type": "files", "url": "out/a.ndjson"}
SINKS: dict[str, dict[str, Any]] = {
    "ndjson": NDJSON,
    "csv": {"type": "files", "url": "out/a.csv"},
    "split": {"type": "files", "url": "out/{group}/a-{part:2}.ndjson", "split": {"records": 3}},
    "insert": INSERT,
    "upsert": INSERT | {"key": ["id"]},
    "tee": {"type": "tee", "sinks": [INSERT, NDJSON]},
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a place: hundreds of runs wait for no disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as found:
        yield Path(found)


def _project(folder: Path, sink: dict[str, Any]) -> Project:
    """Files in which every commit falls within a file, with records to be mapped, refused, and not even JSON."""
    folder.mkdir()
    project = Project(folder)
    project.pipeline(mapping=project.mapping(MAPPING), sink=sink, batch={"records": INTERVAL})
    for number in range(2):
        rows: list[Any] = []
        for at in range(RECORDS):
            row = {"id": number * RECORDS + at, "group": at % 2, "n": "x" if at == 5 else at}
            rows.append("{broken" if at in (2, 3) else row)
        project.file(f"f{number}.ndjson", rows)
    return project


def _result(project: Project) -> dict[str, Any]:
    """Everything that a run leaves behind: bytes of files, rows of tables, rejects."""
    out = project.folder / "out"
    found: dict[str, Any] = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    database = project.folder / "out.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            found["table"] = connection.execute("SELECT * FROM t").fetchall()
    for reject in project.rejects():
        what = (reject["source"]["number"], reject.get("record", reject.get("raw")), reject["errors"])
        found.setdefault("rejects", []).append(what)
    return found


class Moments:
    """Random moments of a run that makes `calls` calls in `seconds`; half by call, half by time."""

    def __init__(self, seed: str, calls: int, seconds: float) -> None:
        self._dice = random.Random(seed)
        self._calls = calls
        self._seconds = seconds
        self._drawn = 0

    def draw(self, attempt: int) -> dict[str, Any]:
        """A moment; later attempts have less to do than the first, so their moments are earlier."""
        self._drawn += 1
        at = self._dice.random() * (1 if attempt == 1 else 0.5)
        return {"call": 1 + int(at * self._calls)} if self._drawn % 2 else {"after": round(at * self._seconds, 4)}


@pytest.mark.parametrize("name", SINKS)
def test_two_hundred_random_moments(folder: Path, server: Forks, name: str) -> None:
    clean = _project(folder / "clean", SINKS[name])
    calls = server.calls(clean.folder)
    expected = _result(clean)
    assert len(expected["rejects"]) == 6
    shutil.rmtree(clean.folder)
    began = time.monotonic()
    server.run({"folder": str(_project(folder / "clean", SINKS[name]).folder)})
    moments = Moments(f"{SEED} {name}", calls, time.monotonic() - began)
    kills = 0
    while kills < KILLS:
        project = _project(folder / str(kills), SINKS[name])
        history: list[dict[str, Any]] = []
        while True:
            moment = moments.draw(len(history) + 1) if kills < KILLS else {}
            history.append(moment)
            (status,) = server.run({"folder": str(project.folder), **moment})
            if status != KILLED:
                break
            kills += 1
        # 0: only the last put was missing, so that a new run found nothing to do.
        assert status in (0, 4), (SEED, history, (project.folder / "stderr.txt").read_text())
        assert _result(project) == expected, (SEED, history)
        shutil.rmtree(project.folder)


def test_stdout_loses_nothing_and_repeats_one_interval_for_each_kill(folder: Path, server: Forks) -> None:
    project = _project(folder / "clean", {"type": "stdout"})
    calls = server.calls(project.folder, stdout=str(folder / "printed"))
    expected = sorted(json.loads(line)["id"] for line in (folder / "printed").read_text().splitlines())
    dice = random.Random(f"{SEED} stdout")
    for number in range(30):
        project = _project(folder / str(number), {"type": "stdout"})
        task = {"folder": str(project.folder), "stdout": str(project.folder / "printed")}
        call = dice.randint(1, calls)
        killed = server.run(task | {"call": call}) == [KILLED]
        (status,) = server.run(task)
        assert status in (0, 4)
        printed = [json.loads(line)["id"] for line in (project.folder / "printed").read_text().splitlines()]
        assert set(printed) == set(expected), (SEED, call)
        assert len(printed) <= len(expected) + INTERVAL * killed, (SEED, call)
