"""The row back end against hand-written loops: `python tests/bench/bench_rows.py [--quick]` prints a table of ratios.

All peers run in this process, in turn, on the same files; outputs are compared before anything is timed.
"""

from __future__ import annotations

import csv
import gc
import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jmespath
import orjson
from data import (
    INVENTORY_MAPPING,
    ORDER_MAPPING,
    STORES,
    inventory_by_hand,
    order_by_hand,
    write_inventory,
    write_orders,
)

from crosswalk import Batch, Engine, ReadOptions


def crosswalk(mapping: dict, kind: str, source: Path, target: Path) -> None:  # type: ignore[type-arg]
    """What `crosswalk map` does: decode, map, encode, batch by batch."""
    engine = Engine()
    mapper = engine.mapping(mapping)
    reader, writer = engine.registry.formats[kind](), engine.registry.formats["ndjson"]()
    with (
        source.open("rb") as stream,
        target.open("wb") as out,
        writer.encoder(out, mapper.write_options()) as encoder,
    ):
        for batch in reader.decode(stream, ReadOptions()):
            applied = mapper.apply(batch)
            if applied.rejects:
                raise SystemExit(f"rejects: {applied.rejects[0]}")
            encoder.write(Batch.of_rows(applied.records))


def orders_by_hand(source: Path, target: Path) -> None:
    """orjson in, a dict by hand, orjson out."""
    with source.open("rb") as stream, target.open("wb") as out:
        for line in stream:
            out.write(orjson.dumps(order_by_hand(orjson.loads(line))) + b"\n")


def orders_by_jmespath(source: Path, target: Path) -> None:
    """The same paths through jmespath.search."""
    find = jmespath.search
    with source.open("rb") as stream, target.open("wb") as out:
        for line in stream:
            order = orjson.loads(line)
            lines = [
                {
                    "sku": find("sku", item).strip().upper(),
                    "qty": int(find("qty", item)),
                    "price": find("price", item),
                }
                for item in find("lines", order)
            ]
            made = {
                "ref": find("orderNo", order),
                "state": find("status", order).lower(),
                "customer": {
                    "id": find("customer.id", order),
                    "email": find("customer.email", order).lower(),
                    "name": f"{find('customer.name.first', order)} {find('customer.name.last', order)}",
                },
                "store": STORES[find("store.code", order)]["ref"],
                "city": find("shipTo.suburb", order),
                "lines": lines,
                "line_count": find("length(lines)", order),
            }
            out.write(orjson.dumps(made) + b"\n")


def inventory_loop(source: Path, target: Path) -> None:
    """csv.DictReader in, a dict by hand, orjson out."""
    with source.open(encoding="utf-8", newline="") as stream, target.open("wb") as out:
        for row in csv.DictReader(stream):
            out.write(orjson.dumps(inventory_by_hand(row)) + b"\n")


def compare(title: str, peers: dict[str, Callable[[Path], None]], folder: Path, rounds: int, targets: str) -> None:
    """Check that all write the same, then time them in turn; medians, and ratios to crosswalk."""
    outputs: dict[str, bytes] = {}
    for name, job in peers.items():
        out = folder / "out.ndjson"
        job(out)
        with out.open("rb") as stream:
            outputs[name] = hashlib.file_digest(stream, "sha256").digest()
    if len(set(outputs.values())) != 1:
        raise SystemExit(f"{title}: outputs differ")
    times: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, job in peers.items():
            start = time.perf_counter()
            job(folder / "out.ndjson")
            times[name].append(time.perf_counter() - start)
    print(f"\n{title}  (target: {targets})")
    own = times["crosswalk"]
    for name, found in times.items():
        ratio = statistics.median(mine / other for mine, other in zip(own, found, strict=True))
        print(f"  {name:<28}{statistics.median(found):8.2f} s   crosswalk takes {ratio:5.2f} of it")


def memory(folder: Path, rows: tuple[int, ...]) -> None:
    """Peak memory of `crosswalk map` by number of rows."""
    mapping = folder / "inventory.mapping.json"
    mapping.write_bytes(orjson.dumps(INVENTORY_MAPPING))
    print("\npeak memory of crosswalk map, CSV to NDJSON  (target: flat)")
    for count in rows:
        source = folder / "rows.csv"
        write_inventory(source, count)
        code = (
            "import resource, sys; from crosswalk.cli import main\n"
            "try: main()\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)"
        )
        command = [sys.executable, "-c", code, "map", str(mapping), str(source), "-o", str(folder / "rows.ndjson")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"  {count:>10,} rows {done.stderr.split()[-1]:>6} MB")


def start_up(folder: Path) -> None:
    """Wall time of small commands, whole processes, the least of several."""
    mapping, source = folder / "small.mapping.json", folder / "small.csv"
    mapping.write_bytes(orjson.dumps(INVENTORY_MAPPING))
    write_inventory(source, 10)
    tool = str(Path(sys.executable).with_name("crosswalk"))
    print("\nstart-up, whole process")
    for words in (["--version"], ["map", str(mapping), str(source)]):
        found = []
        for _ in range(7):
            start = time.perf_counter()
            subprocess.run([tool, *words], capture_output=True, check=True)
            found.append(time.perf_counter() - start)
        print(f"  crosswalk {words[0]:<12} least {min(found):.3f} s   median {statistics.median(found):.3f} s")


def main() -> None:
    """Run all; `--quick` with a tenth of the records."""
    quick = "--quick" in sys.argv
    gc.set_threshold(20_000, 50, 100)  # as the command line does; for all peers alike
    scale, rounds = (10, 3) if quick else (1, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # First, while this process is small: a child's peak counts from the memory it is forked with.
        start_up(folder)
        memory(folder, (1_000_000 // scale, 5_000_000 // scale))
        orders, rows = folder / "orders.ndjson", folder / "inventory.csv"
        write_orders(orders, 200_000 // scale)
        write_inventory(rows, 1_000_000 // scale)
        compare(
            f"{200_000 // scale:,} nested orders, NDJSON to NDJSON",
            {
                "crosswalk": lambda out: crosswalk(ORDER_MAPPING, "ndjson", orders, out),
                "hand-written, orjson": lambda out: orders_by_hand(orders, out),
                "jmespath.search": lambda out: orders_by_jmespath(orders, out),
            },
            folder, rounds, "at most 1.5 of the loop, at most 0.17 of jmespath.search",
        )  # fmt: skip
        compare(
            f"{1_000_000 // scale:,} CSV rows of 12 columns to 10 fields, NDJSON",
            {
                "crosswalk": lambda out: crosswalk(INVENTORY_MAPPING, "csv", rows, out),
                "csv.DictReader and orjson": lambda out: inventory_loop(rows, out),
            },
            folder, rounds, "at most 1.0 of the loop",
        )  # fmt: skip
    print(f"\nthis process peaked at {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
