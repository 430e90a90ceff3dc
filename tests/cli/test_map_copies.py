"""`crosswalk map` on copies of its process: what comes out, however they end, is what one process makes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux copies processes safely")

SCRIPT = """
import json, os, sys, threading
from crosswalk.cli import cmd_map
from crosswalk.cli import main
from crosswalk.runtime import remote
import crosswalk_executors.forks as forks
cmd_map._WORTH_COPIES = 0
begin, map_ = remote.Workers.begin, remote.Workers.map
told = {"begun": 0, "elsewhere": 0, "here": 0, "pids": []}
slow = float(os.environ.get("SLOW", 0))

def began(self):
    begin(self)
    if self._remote is not None:
        told["begun"] += 1
        told["pids"] = [each._process for each in self._remote.workers]
        with open("pids.new", "w") as file:
            json.dump(told["pids"], file)
        os.rename("pids.new", "pids")

def mapped(self, batches):
    if slow:
        import time
        time.sleep(slow)
    made = map_(self, batches)
    told["elsewhere"] += sum(one is not None for one in made)
    told["here"] += sum(one is None for one in made)
    return made

remote.Workers.begin, remote.Workers.map = began, mapped
if os.environ.get("BESIDE"):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    main()
finally:
    with open("told", "w") as file:
        json.dump(told, file)
"""
MAPPING = {
    "mapping": "1",
    "fields": {
        "id": "id",
        "qty": ["qty", "int"],
        "name": ["name", "trim"],
        "price": ["price", {"decimal": 2}],
        "size": {
            "switch": [{"when": {"name": {"in": [" a 7 ", " ä 9 "]}}, "then": {"const": "L"}}, {"else": {"const": "S"}}]
        },
    },
}


def text(kind: str, count: int = 80_000) -> str:
    """Records of which each thousandth has no number."""
    if kind == "ndjson":
        rows = (
            {"id": f"n{n}", "qty": "x" if n % 1000 == 7 else n % 9, "name": f" ä {n} ", "price": "1.5"}
            for n in range(count)
        )
        return "".join(json.dumps(row) + "\n" for row in rows)
    quote = '"' if kind == "quoted" else ""
    rows_ = [
        f"n{n},{'x' if n % 1000 == 7 else n % 9},{quote} a {n}{',' if quote else ''} {quote},{n}.25"
        for n in range(count)
    ]
    return "\n".join(["id,qty,name,price", *rows_, ""])


def run(folder: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "map", "../m.json", *more], cwd=folder, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "told").read_text())
    return found


def made(folder: Path, *more: str, status: int, **environment: str) -> dict[str, Any]:
    process = run(folder, *more, **environment)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == status, stderr
    return told(folder)


def alive(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.append(pid)
    return found


def gone(pids: list[int]) -> bool:
    end = time.monotonic() + 20
    while alive(pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pids)


def pids_of(folder: Path) -> list[int]:
    end = time.monotonic() + 60
    while not (folder / "pids").exists() and time.monotonic() < end:
        time.sleep(0.01)
    found: list[int] = json.loads((folder / "pids").read_text())
    return found


@linux
@pytest.mark.parametrize("kind", ["csv", "quoted", "ndjson"])
@pytest.mark.parametrize("out", ["o.ndjson", "o.csv", "o.parquet", "o.json"])
def test_what_copies_make_is_what_one_process_makes(tmp_path: Path, kind: str, out: str) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    name = "i.ndjson" if kind == "ndjson" else "i.csv"
    (tmp_path / name).write_text(text(kind), encoding="utf-8")
    options = [f"../{name}", "-o", out, "--rejects", "r.ndjson", "--engine", "row"]
    one = made(tmp_path / "one", *options, "--workers", "1", status=4)
    two = made(tmp_path / "two", *options, "--workers", "2", status=4)
    assert (one["begun"], two["begun"], two["here"]) == (0, 1, 0)
    assert two["elsewhere"] > 1
    if out == "o.parquet":
        assert pq.read_table(tmp_path / "two" / out).equals(pq.read_table(tmp_path / "one" / out))
    else:
        assert (tmp_path / "two" / out).read_bytes() == (tmp_path / "one" / out).read_bytes()

    def rejects(folder: str) -> list[Any]:
        lines = (tmp_path / folder / "r.ndjson").read_text().splitlines()
        return [{**json.loads(line), "run": "", "id": "", "at": ""} for line in lines]

    assert len(rejects("two")) == 80
    assert rejects("two") == rejects("one")


@linux
def test_parquet_comes_through_copies_unchanged(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(
        json.dumps({**MAPPING, "source": {"format": "parquet"}, "fields": {"id": "id", "n": ["qty", "int"]}})
    )
    table = pa.table(
        {"id": [f"n{n}" for n in range(200_000)], "qty": [str(n) if n % 1000 else "x" for n in range(200_000)]}
    )
    pq.write_table(table, tmp_path / "i.parquet", row_group_size=70_000)
    options = ["../i.parquet", "-o", "o.parquet", "--engine", "row"]
    one = made(tmp_path / "one", *options, "--workers", "1", status=4)
    two = made(tmp_path / "two", *options, "--workers", "2", status=4)
    assert (one["begun"], two["begun"], two["here"]) == (0, 1, 0)
    assert two["elsewhere"] > 1
    assert pq.read_table(tmp_path / "two" / "o.parquet").equals(pq.read_table(tmp_path / "one" / "o.parquet"))


@linux
@pytest.mark.parametrize("which", [[0], [0, 1]])
def test_killed_copies_cost_nothing(tmp_path: Path, which: list[int]) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    (tmp_path / "i.csv").write_text(text("csv", 300_000))
    options = ["../i.csv", "-o", "o.ndjson", "--engine", "row"]
    made(tmp_path / "one", *options, "--workers", "1", status=4)
    process = run(tmp_path / "two", *options, "--workers", "2", SLOW="0.05")
    pids = pids_of(tmp_path / "two")
    for number in which:
        os.kill(pids[number], signal.SIGKILL)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 4, stderr
    assert (tmp_path / "two" / "o.ndjson").read_bytes() == (tmp_path / "one" / "o.ndjson").read_bytes()
    assert gone(pids)


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_copies_end_with_the_process(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    (tmp_path / "i.csv").write_text(text("csv", 600_000))
    process = run(tmp_path / "two", "../i.csv", "-o", "o.ndjson", "--engine", "row", "--workers", "2", SLOW="0.2")
    pids = pids_of(tmp_path / "two")
    assert len(alive(pids)) == 2
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (-number if number is signal.SIGKILL else 128 + number)
    assert gone(pids)
    assert not (tmp_path / "two" / "o.ndjson").exists()


@linux
def test_a_process_with_other_threads_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    (tmp_path / "i.csv").write_text(text("csv"))
    found = made(
        tmp_path / "two", "../i.csv", "-o", "o.ndjson", "--engine", "row", "--workers", "2", status=4, BESIDE="1"
    )
    assert found["begun"] == 0


@linux
def test_columns_stay_on_threads(tmp_path: Path) -> None:
    """Copies would gain nothing: what they make would have to be brought back."""
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    (tmp_path / "i.csv").write_text(text("csv", 200_000))
    found = made(tmp_path / "two", "../i.csv", "-o", "o.ndjson", "--workers", "2", status=4)
    assert found["begun"] == 0
