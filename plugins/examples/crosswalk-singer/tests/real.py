"""Programs of PyPI for these tests: their commands, a shop for a tap to read, and a look into a target's database."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from install_programs import HOME, is_there


def program(package: str, command: str = "") -> str:
    """The path of a package's command; skips the test where it is not installed."""
    if not is_there(HOME, package):
        told = f"{package} is not in {HOME}; run: python tests/install_programs.py"
        (pytest.fail if os.environ.get("CROSSWALK_REQUIRE_SERVICES") else pytest.skip)(told)
    return str(HOME / package / "bin" / (command or package))


def duckdb_rows(path: Path, query: str) -> list[Any]:
    """The rows of a query, as the target's own library gives them."""
    text = "import duckdb, json, sys; print(json.dumps(duckdb.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))"
    python = program("target-duckdb", "python")
    done = subprocess.run([python, "-c", text, str(path), query], capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


class Shop:
    """Orders behind a user and a password: `/orders?since=ID&offset=N&limit=N`. `asked`: the queries it had."""

    user, password = "ann", "s3cret-word"

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.asked: list[dict[str, str]] = []
        self.url = ""

    def add(self, count: int) -> None:
        """More orders, with the next ids."""
        first = len(self.orders) + 1
        self.orders += [{"id": n, "sku": f"é{n}", "price": n / 4} for n in range(first, first + count)]


@contextmanager
def open_shop() -> Iterator[Shop]:
    """A shop on a free port."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            import base64

            wanted = f"{shop.user}:{shop.password}".encode()
            known = self.headers.get("authorization", "") == f"Basic {base64.b64encode(wanted).decode()}"
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            shop.asked.append(query)
            self.send_response(200 if known else 401)
            self.end_headers()
            found = [order for order in shop.orders if order["id"] >= int(query["since"])]
            at, limit = int(query["offset"]), int(query["limit"])
            self.wfile.write(json.dumps(found[at : at + limit]).encode() if known else b"no")

        def log_message(self, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_port}/orders"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
