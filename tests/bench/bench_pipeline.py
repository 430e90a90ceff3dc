"""Pipelines: memory by number of records, and what state costs: `python tests/bench/bench_pipeline.py [--quick]`.

Every run is a process of its own. Time is processor time (user and system), which other work on the machine hardly
moves; runs with sqlite and with memory state take turns, and the ratio is the median of the pairs.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from data import INVENTORY_MAPPING, write_inventory

_CHILD = (
    "import resource, sys\n"
    "from crosswalk.cli import main\n"
    "try: main()\n"
    "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
)


def pipeline(folder: Path, state: dict[str, str]) -> Path:
    """A pipeline of the folder's csv files to one ndjson file per run."""
    (folder / "inventory.mapping.json").write_text(json.dumps(INVENTORY_MAPPING))
    spec = {
        "pipeline": "1",
        "name": "bench",
        "source": {"type": "files", "url": "in/*.csv"},
        "mapping": "inventory.mapping.json",
        "sink": {"type": "files", "url": "out/${run.id}.ndjson"},
        "state": state,
    }
    file = folder / f"{state['type']}.pipeline.json"
    file.write_text(json.dumps(spec))
    return file


def run(folder: Path, file: Path) -> tuple[float, int]:
    """Seconds of processor time and peak memory (MB) of one run from scratch."""
    for name in ("out", ".crosswalk", "state.db"):
        target = folder / name
        shutil.rmtree(target, ignore_errors=True) if target.is_dir() else target.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", _CHILD, "run", file.name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return taken, int(done.stderr.split()[-1])


def main() -> None:
    """Run both."""
    scale = 20 if "--quick" in sys.argv else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        source = folder / "in" / "rows.csv"
        sqlite = pipeline(folder, {"type": "sqlite", "path": "state.db"})
        memory = pipeline(folder, {"type": "memory"})
        print("peak memory of crosswalk run, csv to ndjson, sqlite state  (target: flat)")
        for count in (1_000_000 // scale, 10_000_000 // scale):
            write_inventory(source, count)
            taken, peak = run(folder, sqlite)
            print(f"  {count:>11,} records {taken:7.1f} s {peak:>6} MB", flush=True)
        write_inventory(source, 1_000_000 // scale)
        ratios = []
        for _ in range(7):
            with_state, _peak = run(folder, sqlite)
            without, _peak = run(folder, memory)
            ratios.append(with_state / without)
        print("\nprocessor time of a run with sqlite state against memory state  (target: below 1.03)")
        middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
        print(f"  {1_000_000 // scale:,} records: median {middle:.3f}, {least:.3f} to {most:.3f}")


if __name__ == "__main__":
    main()
