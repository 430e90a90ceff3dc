"""Whole commands against peers written by hand: `python tests/bench/bench_columns.py [--quick] [--only JOB] [--docs]`.

Every run is a process of its own, start and imports included; peers take turns, and outputs are compared before
anything is timed. Figures are medians of wall time, ratios to the fastest peer of the same rounds, and peak memory.
crosswalk runs in an environment of its own, installed as the README says: pyarrow imports numpy and pandas where it
finds them, 0.25 s that no user of crosswalk alone pays, and no peer here either.
`--docs` writes table and chart into docs/explanation/speed.md and speed.svg.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from chart import write_page
from data import COLUMNS, INVENTORY_MAPPING, ORDER_MAPPING, XML_MAPPING, write_inventory, write_orders, write_xml_orders
from in_process import figures

# A small process starts each peer: a large one would lend its child its own memory. Watched, it looks every 5 ms
# at the memory of the peer and all processes that it started, shared pages counted once (PSS).
_LAUNCH = """
import os, subprocess, sys, time

def tree(pid):
    yield pid
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            for child in file.read().split():
                yield from tree(child)

def held(pid):
    total = 0
    try:
        for each in tree(pid):
            with open(f"/proc/{each}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except OSError:  # one has just ended
        pass
    return total

with open(sys.argv[1], "wb") as out:
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[3:], stdout=out)
    most = 0
    while sys.argv[2] == "watch" and process.poll() is None:
        most = max(most, held(process.pid))
        time.sleep(0.005)
    print(process.wait(), time.perf_counter() - began, most / 1024)
"""
PEERS = Path(__file__).parent / "peers"
OWN, ALIKE = "crosswalk", "crosswalk --no-sync"
"""crosswalk as it comes, which waits until the disk has the file, and as the peers work, which do not wait."""
FC_CONNECT = "fc-connect-sdk"
SLOW = 15
ROOT = Path(__file__).parents[2]


@dataclass
class Job:
    """One thing to do. `target`: the ratio to reach, to the fastest of the peers `against`."""

    name: str
    title: str
    rows: int
    input: str
    output: str
    mapping: dict[str, Any]
    write: Callable[[Path, int], None]
    peers: list[str]
    against: list[str]
    target: float
    times: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)


def write_inventory_parquet(path: Path, count: int) -> None:
    """The inventory rows as Parquet, all text."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    text = path.with_suffix(".csv.tmp")
    write_inventory(text, count)
    types = csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=False)
    parquet.write_table(csv.read_csv(text, convert_options=types), path)
    text.unlink()


INVENTORY_NAMES = [
    "SKU",
    "Warehouse",
    "Qty",
    "Reserved",
    "Price",
    "Counted",
    "Brand",
    "Colour",
    "Size",
    "Bin",
    "Name",
    "Note",
]
PARQUET_MAPPING = INVENTORY_MAPPING | {"source": {"format": "parquet"}}


def jobs(scale: int) -> list[Job]:
    """All jobs, with a fraction of the records when `scale` is above 1."""
    million, orders, xml = 1_000_000 // scale, 200_000 // scale, 100_000 // scale
    fast = ["polars", "duckdb"]
    every = [
        Job("csv-ndjson", "CSV to NDJSON, 12 columns to 10 fields", million, "in.csv", "out.ndjson",
            INVENTORY_MAPPING, write_inventory, [*fast, "python", "dlt", FC_CONNECT], fast, 1.0),
        Job("csv-parquet", "CSV to Parquet, the same", million, "in.csv", "out.parquet",
            INVENTORY_MAPPING, write_inventory, fast, fast, 1.0),
        Job("parquet-parquet", "Parquet to Parquet, the same", million, "in.parquet", "out.parquet",
            PARQUET_MAPPING, write_inventory_parquet, fast, ["polars"], 1.2),
        Job("orders", "nested orders with lines, NDJSON to NDJSON", orders, "in.ndjson", "out.ndjson",
            ORDER_MAPPING, write_orders, ["duckdb", "python", "jmespath", "jq"], ["python"], 0.5),
        Job("xml", "orders with lines, XML to NDJSON", xml, "in.xml", "out.ndjson",
            XML_MAPPING, write_xml_orders, ["python"], ["python"], 1.3),
    ]  # fmt: skip
    for job in every:
        job.peers = [OWN, ALIKE, *filter(installed, job.peers)]
    return every


def installed(peer: str) -> bool:
    """Whether a peer can run here."""
    if peer == "jq":
        return shutil.which("jq") is not None
    if peer == FC_CONNECT:
        return shutil.which("node") is not None and (PEERS / "node_modules" / "@fluentcommerce").exists()
    return peer == "python" or importlib.util.find_spec(peer) is not None


def command(job: Job, peer: str) -> list[str]:
    """The command of a peer; jq writes to stdout."""
    if peer in (OWN, ALIKE):
        return [
            own_python(),
            "-c",
            "from crosswalk.cli import main; main()",
            "map",
            "m.json",
            job.input,
            "-o",
            job.output,
            *peer.split()[1:],
        ]
    if peer == "jq":
        return ["jq", "-c", "-f", str(PEERS / "orders.jq"), job.input]
    if peer == FC_CONNECT:
        return ["node", str(PEERS / "fc_connect_peer.mjs"), job.name, job.input, job.output]
    return [sys.executable, str(PEERS / f"{peer}_peer.py"), job.name, job.input, job.output]


@cache
def own_python() -> str:
    """A Python with crosswalk and what it depends on, nothing else."""
    home = Path(tempfile.mkdtemp(prefix="crosswalk-bench-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "-c", constraints, ROOT], check=True)
    return str(python)


def run(job: Job, peer: str, folder: Path, *, watch: bool = False) -> tuple[float, float]:
    """Seconds of wall time of one run, and peak memory in MB where it was watched."""
    out = folder / job.output if peer == "jq" else Path(os.devnull)
    words = [sys.executable, "-c", _LAUNCH, str(out), "watch" if watch else "time", *command(job, peer)]
    # As on a user's machine, where a command is compiled once.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    status, taken, memory = done.stdout.split()
    if status != "0":
        raise SystemExit(f"{job.name}: {peer} failed with status {status}\n{done.stderr}")
    return float(taken), float(memory)


def records(path: Path) -> list[Any]:
    """What a peer wrote, as values."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        found: list[Any] = pq.read_table(path).to_pylist()
        return found
    with path.open("rb") as lines:
        return [json.loads(line) for line in lines]


def compare(job: Job, folder: Path) -> None:
    """Raise SystemExit unless all peers write the same records in the same order."""
    expected: list[Any] | None = None
    for peer in job.peers:
        (folder / job.output).unlink(missing_ok=True)
        _, job.memory[peer] = run(job, peer, folder, watch=True)
        found = records(folder / job.output)
        if expected is not None and found != expected:
            at = next((n for n, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]), -1)
            raise SystemExit(f"{job.name}: {peer} differs at record {at}:\n{found[at]}\n{expected[at]}")
        expected = found


def measure(job: Job, rounds: int, folder: Path) -> None:
    """Time all peers in turn, each round begun by another one; those that take very long in the first round only."""
    for number in range(rounds):
        first = number % len(job.peers)
        for peer in (*job.peers[first:], *job.peers[:first]):
            if number and job.times[peer][0] > SLOW * job.times[OWN][0]:
                continue
            # What was there before, and what one peer left to be written, is not for the next one to wait for.
            (folder / job.output).unlink(missing_ok=True)
            os.sync()
            seconds, _ = run(job, peer, folder)
            job.times.setdefault(peer, []).append(seconds)


def table(job: Job) -> list[tuple[str, float, float, float]]:
    """Peer, median seconds, ratio of crosswalk's time to the peer's (by rounds), peak memory in MB."""
    own = job.times[OWN]
    return [
        (peer, statistics.median(times), statistics.median(a / b for a, b in zip(own, times, strict=False)),
         job.memory[peer])
        for peer, times in job.times.items()
    ]  # fmt: skip


def ratio(job: Job, own: str) -> float:
    """Crosswalk's time by the fastest peer's of the same round, as a median; `own` is one of OWN and ALIKE."""
    rivals = [job.times[peer] for peer in job.against if peer in job.times]
    best = [min(times) for times in zip(*rivals, strict=True)]
    return statistics.median(a / b for a, b in zip(job.times[own], best, strict=True)) if best else 0.0


def main() -> None:
    """Run, compare, time, print; with `--docs` write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the records, one round")
    parser.add_argument("--only", help="one job")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--docs", action="store_true", help="write the docs page")
    options = parser.parse_args()
    done = []
    for job in jobs(20 if options.quick else 1):
        if options.only in (None, job.name):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                job.write(folder / job.input, job.rows)
                (folder / "m.json").write_text(json.dumps(job.mapping))
                compare(job, folder)
                measure(job, 1 if options.quick else options.rounds, folder)
            done.append(job)
            rivals = ", ".join(job.against)
            print(f"\n{job.title}, {job.rows:,} records: {ratio(job, ALIKE):.2f} of the fastest of {rivals}"
                  f" (target {job.target}), {ratio(job, OWN):.2f} with the wait for the disk")  # fmt: skip
            for peer, seconds, times, memory in table(job):
                print(
                    f"  {peer:19} {seconds:7.2f} s   crosswalk takes {times:5.2f} of it   {memory:6.0f} MB", flush=True
                )
    found = figures(quick=options.quick) if options.only in (None, "in-process") else []
    for line in found:
        print(line)
    if options.docs:
        shown = [(job.title, job.rows, job.target, ratio(job, ALIKE), ratio(job, OWN), table(job)) for job in done]
        write_page(shown, found)


if __name__ == "__main__":
    main()
