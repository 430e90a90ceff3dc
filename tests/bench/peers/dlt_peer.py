"""The inventory job as a dlt pipeline: `python dlt_peer.py csv-ndjson INPUT OUTPUT`; its state goes beside that."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))
from data import inventory_by_hand


def main(job: str, source: str, target: str) -> None:
    """Extract, normalize and load, without copies of the process, so that the rows keep their order."""

    @dlt.resource(name="rows", max_table_nesting=0)
    def rows() -> Iterator[list[dict[str, Any]]]:
        with open(source, newline="", encoding="utf-8") as text:
            held = []
            for row in csv.DictReader(text):
                held.append(inventory_by_hand(row))
                if len(held) == 10_000:
                    yield held
                    held = []
            yield held

    with open(target, "wb") as out:

        @dlt.destination(batch_size=10_000, loader_parallelism_strategy="sequential", naming_convention="direct")
        def lines(items: Any, table: Any) -> None:
            out.writelines(orjson.dumps(item) + b"\n" for item in items)

        folder = str(Path(target).parent / "dlt")
        pipeline = dlt.pipeline("inventory", destination=lines, pipelines_dir=folder)
        pipeline.run(rows()).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
