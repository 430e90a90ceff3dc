"""The resolver keeps crosswalk's contract, and asks a real service as seldom as it may."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from crosswalk_http_lookup import known, lookup

from crosswalk import Batch, ConnectorError, Engine, Example, Resolver, SpecError
from crosswalk.testing import ResolverContract


class Shop:
    """A service on a free port that knows products 0 to 999, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.tokens: set[str | None] = set()
        self.refuse: list[int] = []
        self.answer: bytes | None = None
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                keys = parse_qs(urlsplit(self.path).query, keep_blank_values=True)["ids"][0].split(",")
                shop.asked.append(keys)
                shop.tokens.add(self.headers.get("authorization"))
                if shop.refuse:
                    self.send_response(shop.refuse.pop(0))
                    self.send_header("retry-after", "0")
                    self.end_headers()
                    return
                known = [{"id": key, "name": f"product {key}", "price": 1.5} for key in keys if key.isdigit()]
                self.send_response(200)
                self.end_headers()
                self.wfile.write(shop.answer or json.dumps(known).encode())

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/products"


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def mapper(shop: Shop, **args: Any) -> Any:
    step = {"http.lookup": {"url": shop.url, "field": "name", **args}}
    return Engine().mapping({"mapping": "1", "name": "m", "fields": {"id": "id", "name": ["id", step]}})


def test_each_key_is_asked_for_once(shop: Shop) -> None:
    rows = [{"id": str(row % 7)} for row in range(50)]
    found = mapper(shop).apply(rows).records
    assert found == [{"id": row["id"], "name": f"product {row['id']}"} for row in rows]
    assert sorted(key for keys in shop.asked for key in keys) == sorted("0123456")
    mapper(shop, field="price").apply(rows)
    assert len(shop.asked) == 7


def test_all_keys_of_a_batch_go_into_few_requests(shop: Shop) -> None:
    mapping = mapper(shop, batch=60)
    data = "id,x\n" + "".join(f"{row},\n{row},\n" for row in range(150))
    reader = Engine().registry.formats["csv"].from_config({})
    found = []
    for batch in reader.decode(io.BytesIO(data.encode()), mapping.read_options):
        found += mapping.apply(batch).records
    assert [row["name"] for row in found] == [f"product {row // 2}" for row in range(300)]
    assert sorted(map(len, shop.asked)) == [30, 60, 60]


def test_what_is_not_known_is_rejected_or_null(shop: Shop) -> None:
    applied = mapper(shop).apply([{"id": "1"}, {"id": "x"}, {"id": "x"}])
    assert [reject.errors[0].message for reject in applied.rejects] == ["the service does not know it"] * 2
    assert applied.records == [{"id": "1", "name": "product 1"}]
    assert mapper(shop, on_missing="null").apply([{"id": "x"}]).records == [{"id": "x", "name": None}]
    assert sum("x" in keys for keys in shop.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(shop: Shop, status: int) -> None:
    shop.refuse = [status, status]
    assert mapper(shop).apply([{"id": "5"}]).records[0]["name"] == "product 5"
    assert len(shop.asked) == 3


@pytest.mark.parametrize(("status", "kind", "times"), [(404, "permanent", 1), (401, "auth", 1), (503, "transient", 2)])
def test_a_service_that_refuses_ends_the_run(shop: Shop, status: int, kind: str, times: int) -> None:
    shop.refuse = [status] * 5
    with pytest.raises(ConnectorError, match=str(status)) as caught:
        mapper(shop, attempts=2).apply([{"id": "6"}])
    assert caught.value.kind == kind
    assert len(shop.asked) == times


def test_an_answer_of_another_form_is_named(shop: Shop) -> None:
    shop.answer = b'{"products": []}'
    with pytest.raises(ConnectorError, match="not a JSON list of objects with 'id'"):
        mapper(shop).apply([{"id": "6"}])


def test_the_token_comes_from_the_environment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError, match="SHOP_TOKEN is not set"):
        mapper(shop, token_env="SHOP_TOKEN")
    monkeypatch.setenv("SHOP_TOKEN", "s3cret")
    assert mapper(shop, token_env="SHOP_TOKEN").apply([{"id": "8"}]).records
    assert shop.tokens == {"Bearer s3cret"}


@pytest.mark.parametrize("args", [{"url": "ftp://x"}, {"batch": 0}, {"timeout": 0}, {"colour": "red"}])
def test_wrong_arguments_are_told_before_anything_is_asked(shop: Shop, args: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        mapper(shop, **args)
    assert shop.asked == []


def test_threads_ask_once(shop: Shop) -> None:
    mapping = mapper(shop)
    batch = [{"id": str(key)} for key in range(20)]
    threads = [threading.Thread(target=lambda: mapping.apply(Batch.of_rows(batch))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for keys in shop.asked for key in keys) == sorted(str(key) for key in range(20))


def test_known_shares_the_answers(shop: Shop) -> None:
    assert mapper(shop).apply([{"id": "7"}]).records[0]["name"] == "product 7"
    step = {"http.known": {"url": shop.url}}
    found = Engine().mapping({"mapping": "1", "name": "m", "fields": {"there": ["id", step]}})
    assert found.apply([{"id": "7"}, {"id": "x"}]).records == [{"there": True}, {"there": False}]
    assert shop.asked == [["7"], ["x"]]


class TestLookup(ResolverContract):
    """The examples ask the service of the test."""

    made: ClassVar[Resolver] = lookup
    examples: ClassVar[list[tuple[str, dict[str, Any], Any]]] = [
        ("7", {"field": "name"}, "product 7"),
        ("7", {}, {"id": "7", "name": "product 7", "price": 1.5}),
        ("x", {"on_missing": "null"}, None),
        ("x", {}, "M330"),
    ]

    @pytest.fixture(autouse=True)
    def _examples(self, shop: Shop) -> None:
        def example(key: str, args: dict[str, Any], found: Any) -> Example:
            given = {"url": shop.url, **args}
            return Example(key, error=found, args=given) if found == "M330" else Example(key, found, given)

        self.resolver = replace(self.made, examples=tuple(example(*told) for told in self.examples))  # type: ignore[misc]


class TestKnown(TestLookup):
    made = known
    examples: ClassVar[list[tuple[str, dict[str, Any], Any]]] = [("7", {}, True), ("x", {}, False)]
