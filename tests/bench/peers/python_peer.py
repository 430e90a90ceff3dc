"""The jobs as a plain loop with csv, orjson or lxml: `python python_peer.py JOB INPUT OUTPUT`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))
from data import inventory_by_hand, order_by_hand


def xml_orders(source: str) -> Iterator[Any]:
    """Bare iterparse that reads the same fields."""
    from lxml import etree

    for _, order in etree.iterparse(source, tag="order", resolve_entities=False, no_network=True):
        lines = [
            {"sku": line.findtext("sku").strip().upper(), "qty": int(line.findtext("qty")),
             "price": float(line.findtext("price"))}
            for line in order.iterfind("lines/line")
        ]  # fmt: skip
        yield {
            "ref": order.get("no"), "state": order.findtext("status").lower(),
            "email": order.findtext("customer/email").lower(), "city": order.findtext("shipTo/suburb"),
            "lines": lines, "line_count": len(lines),
        }  # fmt: skip
        order.clear()
        while order.getprevious() is not None:
            del order.getparent()[0]


def main(job: str, source: str, target: str) -> None:
    """Run one job."""
    dumps = orjson.dumps
    with open(target, "wb") as out:
        if job == "orders":
            with open(source, "rb") as lines:
                for line in lines:
                    out.write(dumps(order_by_hand(orjson.loads(line))) + b"\n")
        elif job == "xml":
            for order in xml_orders(source):
                out.write(dumps(order) + b"\n")
        else:
            with open(source, newline="", encoding="utf-8") as text:
                for row in csv.DictReader(text):
                    out.write(dumps(inventory_by_hand(row)) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
