"""Measures the text formats against the plain parsers; run it: python tests/bench/bench_formats.py [rows]."""

from __future__ import annotations

import csv
import gc
import io
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import orjson

from crosswalk import Batch, Format, ReadOptions, WriteOptions
from crosswalk_formats.csv_format import Csv
from crosswalk_formats.json_format import Json
from crosswalk_formats.ndjson_format import Ndjson

BATCH = 8192
NAMES = ["sku", "name", "location", "counted", "price", "active", "note", "state", "postcode", "on_hand", "held", "at"]


def sample(rows: int) -> list[list[str]]:
    """Rows of 12 cells, about 100 characters each."""
    pick = random.Random(7)
    return [
        [
            f"ABC-{pick.randrange(10**5):05}",
            pick.choice(("Blue cotton shirt", "Desk lamp", "Coffee, ground")),
            "Melbourne",
            f"2024-01-{pick.randrange(1, 29):02}",
            f"{pick.random() * 100:.2f}",
            "true",
            "as new",
            "VIC",
            "03000",
            str(pick.randrange(1000)),
            "0",
            "2024-02-03T04:05:06Z",
        ]
        for _ in range(rows)
    ]


def csv_bytes(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows(rows)
    return text.getvalue().encode()


def seconds(work: Callable[[], Any], repeat: int = 3) -> float:
    """The best processor time of several runs."""
    best = float("inf")
    for _ in range(repeat):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def read(kind: Format, data: bytes, **options: Any) -> Callable[[], Any]:
    wanted = ReadOptions(records=BATCH, **options)
    return lambda: deque(kind.decode(io.BytesIO(data), wanted), maxlen=0)


def write(kind: Format, batches: list[Batch]) -> Callable[[], Any]:
    def work() -> None:
        with kind.encoder(io.BytesIO(), WriteOptions()) as encoder:
            for batch in batches:
                encoder.write(batch)

    return work


def batched(records: Iterable[Any]) -> Callable[[], Any]:
    """What a reader that hands out lists of records costs at least."""

    def work() -> None:
        stream = iter(records)
        while list(islice(stream, BATCH)):
            pass

    return work


def main(count: int) -> None:
    rows = sample(count)
    quoted = csv_bytes(rows)
    plain = csv_bytes([[cell.replace(",", "") for cell in row] for row in rows])
    records = [dict(zip(NAMES, row, strict=True)) | {"price": float(row[4]), "on_hand": int(row[9])} for row in rows]
    lines = b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
    document = b'{"data":{"items":' + orjson.dumps(records) + b"}}"
    batches = [Batch.of_rows(records[place : place + BATCH]) for place in range(0, count, BATCH)]
    few = frozenset(("sku", "on_hand"))

    def dict_reader(data: bytes) -> Callable[[], Any]:
        return lambda: batched(csv.DictReader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")))()

    measured = {
        "csv.DictReader, no quotes": dict_reader(plain),
        "Csv.decode, no quotes": read(Csv(), plain),
        "csv.DictReader, quotes": dict_reader(quoted),
        "Csv.decode, quotes": read(Csv(), quoted),
        "Csv.decode, 2 of 12 columns": read(Csv(), plain, columns=few),
        "Csv.encoder": write(Csv(), batches),
        "orjson.loads per line": lambda: batched(map(orjson.loads, io.BytesIO(lines)))(),
        "Ndjson.decode": read(Ndjson(), lines),
        "Ndjson.encoder": write(Ndjson(), batches),
        "orjson.loads of the document": lambda: orjson.loads(document),
        "Json.decode at a path": read(Json(record="data.items[*]"), document),
        "Json.encoder": write(Json(), batches),
    }
    print(f"{count} records of {len(NAMES)} members, {len(plain) / count:.0f} bytes each as csv")
    for name, work in measured.items():
        print(f"{name:30} {seconds(work) / count * 1e9:8.0f} ns per record")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
