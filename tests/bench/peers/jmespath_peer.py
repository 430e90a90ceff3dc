"""The orders by one compiled jmespath.py expression a field: `python jmespath_peer.py orders INPUT OUTPUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import jmespath
import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))
from data import STORES

PATHS = {
    name: jmespath.compile(path)
    for name, path in {
        "ref": "orderNo", "state": "status", "id": "customer.id", "email": "customer.email",
        "first": "customer.name.first", "last": "customer.name.last", "store": "store.code", "city": "shipTo.suburb",
        "lines": "lines[].{sku: sku, qty: qty, price: price}", "line_count": "length(lines)",
    }.items()
}  # fmt: skip


def main(job: str, source: str, target: str) -> None:
    """Run the job."""
    with open(source, "rb") as lines, open(target, "wb") as out:
        for line in lines:
            order = orjson.loads(line)
            v = {name: path.search(order) for name, path in PATHS.items()}
            for item in v["lines"]:
                item["sku"], item["qty"] = item["sku"].strip().upper(), int(item["qty"])
            made = {
                "ref": v["ref"], "state": v["state"].lower(),
                "customer": {"id": v["id"], "email": v["email"].lower(), "name": f"{v['first']} {v['last']}"},
                "store": STORES[v["store"]]["ref"], "city": v["city"], "lines": v["lines"],
                "line_count": v["line_count"],
            }  # fmt: skip
            out.write(orjson.dumps(made) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
