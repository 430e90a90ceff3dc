"""Figures of one process: a single record, compiling, and the cost of a row by rows, fields and depth."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from data import ORDER_MAPPING, order_by_hand, write_orders

from crosswalk import Engine


def figures(*, quick: bool) -> list[str]:
    """Lines for people."""
    return [*_single(quick), *_compile(), *_by_rows(quick), *_by_fields(quick), *_by_depth(quick)]


def _timed(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _single(quick: bool) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "in.ndjson"
        write_orders(path, 2_000)
        orders = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    mapper = Engine().mapping(ORDER_MAPPING).bind()
    assert [mapper(order) for order in orders] == [order_by_hand(order) for order in orders]
    found = []
    for _ in range(3 if quick else 25):
        own = _timed(lambda: [mapper(order) for order in orders])
        found.append((own / _timed(lambda: [order_by_hand(order) for order in orders]), own))
    ratio = statistics.median(ratio for ratio, _ in found)
    each = statistics.median(own for _, own in found) / len(orders) * 1e6
    return [f"one record, nested order: {ratio:.2f} of the function by hand, {each:.1f} µs (target 1.3)"]


def _compile() -> list[str]:
    fields = {
        f"f{n}": [f"c{n}", "trim", "upper"] if n % 3 else {"source": f"c{n}", "resolve": "int", "default": 0}
        for n in range(200)
    }
    engine = Engine()
    times = [_timed(lambda: engine.mapping(_mapping(fields))) for _ in range(5)]
    return [f"compile a mapping of 200 fields: {statistics.median(times) * 1000:.0f} ms (target 100)"]


def _mapping(fields: dict[str, Any]) -> dict[str, Any]:
    return {"mapping": "1", "name": "wide", "source": {"format": "csv"}, "fields": fields}


def _cost(mapping: dict[str, Any], kind: str, data: bytes, rows: int) -> float:
    """Microseconds of processor time a record, from bytes to bytes, by columns; the best of three."""
    engine = Engine()
    mapper = engine.mapping(mapping)
    reader, writer = engine.registry.formats[kind](), engine.registry.formats["ndjson"]()

    def work() -> None:
        with writer.encoder(io.BytesIO(), mapper.write_options()) as encoder:
            for batch in reader.decode(io.BytesIO(data), mapper.read_options):
                for made in mapper.apply(batch).batches.values():
                    encoder.write(made)

    return min(_timed(work) for _ in range(3)) / rows * 1e6


def _wide(rows: int, fields: int) -> bytes:
    names = ",".join(f"c{n}" for n in range(fields))
    line = ",".join(f" v{n} " if n % 3 else str(n) for n in range(fields))
    return f"{names}\n{f'{line}{chr(10)}' * rows}".encode()


def _wide_mapping(fields: int) -> dict[str, Any]:
    return _mapping({f"f{n}": [f"c{n}", "trim" if n % 3 else "int"] for n in range(fields)})


def _by_rows(quick: bool) -> list[str]:
    counts = (50_000, 100_000) if quick else (100_000, 300_000, 1_000_000)
    costs = [_cost(_wide_mapping(10), "csv", _wide(rows, 10), rows) for rows in counts]
    shown = ", ".join(f"{rows:,}: {cost:.2f}" for rows, cost in zip(counts, costs, strict=True))
    return [f"µs a row by number of rows, 10 fields: {shown}"]


def _by_fields(quick: bool) -> list[str]:
    rows = 20_000 if quick else 100_000
    costs = [(n, _cost(_wide_mapping(n), "csv", _wide(rows, n), rows)) for n in (10, 50, 200)]
    return [
        "µs a row by number of fields: " + ", ".join(f"{n}: {cost:.2f} ({cost / n:.3f} a field)" for n, cost in costs)
    ]


def _by_depth(quick: bool) -> list[str]:
    rows = 10_000 if quick else 50_000
    costs = []
    for depth in (1, 2, 4, 8):
        record: Any = {"a": " x ", "b": "7"}
        for _ in range(depth - 1):
            record = {"n": record}
        below = "n." * (depth - 1)
        mapping = _mapping({f"{below}a": [f"{below}a", "trim"], f"{below}b": [f"{below}b", "int"]})
        mapping["source"] = {"format": "ndjson"}
        data = (orjson.dumps(record) + b"\n") * (rows * 2)
        costs.append(f"{depth}: {_cost(mapping, 'ndjson', data, rows * 2):.2f}")
    return ["µs a record by depth, two fields: " + ", ".join(costs)]
