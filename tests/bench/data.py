"""Made-up input for the benchmarks: the same bytes for every peer."""

from __future__ import annotations

import random
from pathlib import Path

import orjson

STORES = {f"S{n:02d}": {"ref": f"AU-{n:03d}", "tz": "Australia/Sydney"} for n in range(40)}


def write_orders(path: Path, count: int) -> None:
    """Nested orders with one to six lines, as NDJSON."""
    pick = random.Random(7)
    with path.open("wb") as out:
        for number in range(count):
            lines = [
                {"sku": f" sku-{pick.randrange(5000)}", "qty": str(pick.randint(1, 9)), "price": 19.9, "note": "as new"}
                for _ in range(pick.randint(1, 6))
            ]
            order = {
                "orderNo": f"ORD-{number}",
                "status": pick.choice(["NEW", "PAID", "SENT"]),
                "createdOn": "2026-05-01T10:00:00Z",
                "customer": {
                    "id": f"C{number % 9973}",
                    "email": f"User{number}@Example.COM",
                    "name": {"first": "Ann", "last": "Lee"},
                },
                "store": {"code": f"S{pick.randrange(40):02d}"},
                "shipTo": {"line1": "1 Long Road", "suburb": "Town", "postcode": "3000", "country": "AU"},
                "lines": lines,
            }
            out.write(orjson.dumps(order) + b"\n")


ORDER_MAPPING = {
    "mapping": "1",
    "name": "orders",
    "tables": {"stores": {"inline": STORES}},
    "fields": {
        "ref": "orderNo",
        "state": ["status", "lower"],
        "customer.id": "customer.id",
        "customer.email": ["customer.email", "lower"],
        "customer.name": {"template": "{customer.name.first} {customer.name.last}"},
        "store": {"lookup": {"table": "stores", "key": "store.code", "return": "ref"}},
        "city": "shipTo.suburb",
        "lines": {
            "each": "lines",
            "fields": {"sku": ["sku", "trim", "upper"], "qty": ["qty", "int"], "price": "price"},
        },
        "line_count": ["lines", "count"],
    },
}


def order_by_hand(order: dict) -> dict:  # type: ignore[type-arg]
    """The order mapping as a good engineer would write it."""
    customer = order["customer"]
    name = customer["name"]
    lines = order["lines"]
    return {
        "ref": order["orderNo"],
        "state": order["status"].lower(),
        "customer": {
            "id": customer["id"],
            "email": customer["email"].lower(),
            "name": f"{name['first']} {name['last']}",
        },
        "store": STORES[order["store"]["code"]]["ref"],
        "city": order["shipTo"]["suburb"],
        "lines": [
            {"sku": line["sku"].strip().upper(), "qty": int(line["qty"]), "price": line["price"]} for line in lines
        ],
        "line_count": len(lines),
    }


COLUMNS = ["SKU", "Warehouse", "Qty", "Reserved", "Price", "Counted", "Brand", "Colour", "Size", "Bin", "Name", "Note"]


def write_inventory(path: Path, count: int) -> None:
    """Rows of twelve columns, all text, as CSV."""
    pick = random.Random(11)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(",".join(COLUMNS) + "\n")
        for number in range(count):
            out.write(
                f" ab-{number:07d} ,{pick.choice(('MEL', 'SYD', 'BNE'))},{pick.randrange(500)},{pick.randrange(9)},"
                f"{pick.randrange(1, 900)}.{pick.randrange(100):02d},{pick.randint(1, 28):02d}/"
                f"{pick.randint(1, 12):02d}/2026,Brand {number % 50},red,{number % 12},"
                f"A-{number % 999},Thing number {number},\n"
            )


INVENTORY_MAPPING = {
    "mapping": "1",
    "name": "inventory",
    "source": {"format": "csv"},
    "let": {
        "sku": ["SKU", "trim", "upper"],
        "on_hand": ["Qty", "int"],
        "reserved": {"source": "Reserved", "resolve": "int", "default": 0},
    },
    "fields": {
        "ref": {"template": "34:{Warehouse}:{$sku}"},
        "sku": "$sku",
        "location": ["Warehouse", {"map": {"MEL": "AU-VIC-1", "SYD": "AU-NSW-1", "BNE": "AU-QLD-1"}}],
        "available": {"calc": "$on_hand - $reserved"},
        "status": {
            "switch": [
                {"when": {"$on_hand": {"gt": 0}}, "then": {"const": "IN_STOCK"}},
                {"else": {"const": "OUT_OF_STOCK"}},
            ]
        },
        "price": ["Price", "float"],
        "brand": ["Brand", "upper"],
        "name": "Name",
        "bin": "Bin",
        "note": {"source": "Note", "default": ""},
    },
}
_LOCATIONS = {"MEL": "AU-VIC-1", "SYD": "AU-NSW-1", "BNE": "AU-QLD-1"}


def inventory_by_hand(row: dict) -> dict:  # type: ignore[type-arg]
    """The inventory mapping as a good engineer would write it."""
    sku = row["SKU"].strip().upper()
    on_hand = int(row["Qty"])
    return {
        "ref": f"34:{row['Warehouse']}:{sku}",
        "sku": sku,
        "location": _LOCATIONS[row["Warehouse"]],
        "available": on_hand - int(row["Reserved"] or 0),
        "status": "IN_STOCK" if on_hand > 0 else "OUT_OF_STOCK",
        "price": float(row["Price"]),
        "brand": row["Brand"].upper(),
        "name": row["Name"],
        "bin": row["Bin"],
        "note": row["Note"],
    }


def write_xml_orders(path: Path, count: int) -> None:
    """Orders with one to six lines, as one XML document."""
    pick = random.Random(7)
    with path.open("w", encoding="utf-8") as out:
        out.write("<orders>\n")
        for number in range(count):
            out.write(
                f'<order no="ORD-{number}"><status>{pick.choice(("NEW", "PAID", "SENT"))}</status>'
                f"<customer><id>C{number % 9973}</id><email>User{number}@Example.COM</email></customer>"
                "<shipTo><line1>1 Long Road</line1><suburb>Town</suburb></shipTo><lines>"
            )
            for _ in range(pick.randint(1, 6)):
                out.write(
                    f"<line><sku> sku-{pick.randrange(5000)}</sku><qty>{pick.randint(1, 9)}</qty>"
                    "<price>19.9</price><note>as new</note></line>"
                )
            out.write("</lines></order>\n")
        out.write("</orders>\n")


XML_MAPPING = {
    "mapping": "1",
    "name": "xml-orders",
    "source": {"format": "xml", "record": "/orders/order"},
    "fields": {
        "ref": "@no",
        "state": ["status", "lower"],
        "email": ["customer/email", "lower"],
        "city": "shipTo/suburb",
        "lines": {
            "each": "lines/line",
            "fields": {"sku": ["sku", "trim", "upper"], "qty": ["qty", "int"], "price": ["price", "float"]},
        },
        "line_count": ["lines/line", "count"],
    },
}
