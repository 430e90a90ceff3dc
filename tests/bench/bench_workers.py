"""Rows on worker processes: `python tests/bench/bench_workers.py [--quick] [ROUNDS]` prints ratios of one to two.

Whole commands, start and imports included, in turn on the same files; outputs are compared before anything is timed.
One mapping has no columnar form, as it reads an irregular part of each record as a whole; the others are mapped by
`--engine row`.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data import ORDER_MAPPING, write_inventory, write_orders

IRREGULAR = {
    "mapping": "1",
    "name": "irregular",
    "source": {"format": "ndjson"},
    "fields": {
        "id": "id",
        "title": ["title", "collapse_space"],
        "attributes": ["attributes", "to_json"],
        "colour": "attributes[?name=='colour'].value | [0]",
        "names": ["attributes[].name", "sort", {"join": ","}],
        "first": "attributes[0].name",
        "dear": "attributes[?type(value)=='number'].name",
        "price": ["price", {"decimal": 2}],
    },
}
ROWS = {
    "mapping": "1",
    "name": "rows",
    "source": {"format": "csv"},
    "fields": {
        "sku": ["SKU", "trim", "upper"],
        "qty": ["Qty", "int"],
        "price": ["Price", {"decimal": 2}],
        "counted": ["Counted", {"date": "%d/%m/%Y"}],
        "name": "Name",
    },
}
_CHILD = (
    "import resource, sys\n"
    "from crosswalk.cli import main\n"
    "try: main()\n"
    "finally: print(*(resource.getrusage(who).ru_maxrss // 1024 for who in "
    "(resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)), file=sys.stderr)"
)


def write_products(path: Path, count: int) -> None:
    """Products whose attributes have values of all kinds, as NDJSON."""
    pick = random.Random(5)
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            attributes = [
                {"name": name, "value": pick.choice(["red", 7, 1.5, None, True, ["a", "b"], {"x": number}])}
                for name in pick.sample(["colour", "size", "weight", "care", "origin", "season"], pick.randint(1, 5))
            ]
            title = f" Thing  number {number} "
            record = {
                "id": number,
                "title": title,
                "price": str(pick.randrange(10_000) / 100),
                "attributes": attributes,
            }
            out.write(json.dumps(record) + "\n")


def run(folder: Path, mapping: Path, source: Path, workers: int) -> tuple[float, float, str, str]:
    """Seconds, seconds of processor time of all its processes, digest of the output, peak memory (MB)."""
    out = folder / f"out{workers}.ndjson"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    engine = "auto" if mapping.name.startswith(IRREGULAR["name"]) else "row"
    command = [sys.executable, "-c", _CHILD, "map", "--engine", engine, str(mapping), str(source), "-o", str(out)]
    done = subprocess.run([*command, "--workers", str(workers)], capture_output=True, text=True, check=True)
    taken = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    with out.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return taken, used, digest, " + ".join(done.stderr.split()[-2:])


def compare(folder: Path, name: str, mapping: object, source: Path, rounds: int) -> None:
    """One process and two workers in turn."""
    document = folder / f"{name}.mapping.json"
    document.write_text(json.dumps(mapping))
    if run(folder, document, source, 1)[2] != run(folder, document, source, 2)[2]:
        raise SystemExit(f"{name}: outputs differ")
    pairs = []
    for _ in range(rounds):
        pairs.append((run(folder, document, source, 1), run(folder, document, source, 2)))
        alone, beside = (each[0] for each in pairs[-1])
        load = os.getloadavg()[0]
        print(f"    {alone:6.2f} s {beside:6.2f} s {alone / beside:5.2f}   load {load:.1f}", flush=True)
    wall = statistics.median(alone[0] / beside[0] for alone, beside in pairs)
    work = statistics.median(beside[1] / alone[1] for alone, beside in pairs)
    (alone, _, _, small), (beside, _, _, large) = pairs[-1]
    print(f"  {name}: {wall:.2f} times as fast, {work:.2f} of the processor time; memory {small} MB, {large} MB")


def main() -> None:
    """All mappings; `--quick` with a tenth of the records."""
    quick = "--quick" in sys.argv
    rounds = next((int(word) for word in sys.argv[1:] if word.isdigit()), 5)
    count = 50_000 if quick else 500_000
    print(f"{count:,} records, rows in one process against two workers on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        orders, products, rows = folder / "orders.ndjson", folder / "products.ndjson", folder / "rows.csv"
        write_orders(orders, count)
        write_products(products, count)
        write_inventory(rows, 2 * count)
        compare(folder, "irregular products, NDJSON", IRREGULAR, products, rounds)
        compare(folder, "nested orders, NDJSON", ORDER_MAPPING, orders, rounds)
        compare(folder, "twice as many CSV rows", ROWS, rows, rounds)


if __name__ == "__main__":
    main()
