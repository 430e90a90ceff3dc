"""A mapper compiles its code anew as it sees more records; nothing that it gives changes by that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from crosswalk import Batch, Engine, Mapper
from crosswalk.compiler.mapper import RecordRejected
from crosswalk.compiler.program import WARM

ENGINE = Engine()
MAPPING: dict[str, Any] = {
    "mapping": "1",
    "tables": {"t": {"inline": {"a": {"ref": 1}, "b": {"ref": None}, "c": {}}}},
    "filter": {"drop": {"ne": True}},
    "let": {"name": ["name", "trim"], "soft": {"source": "qty", "resolve": "int", "on_error": "null"}},
    "fields": {
        "id": "id",
        "o.name": "$name",
        "o.upper": ["$name", "upper"],
        "o.key": {"lookup": {"table": "t", "key": "key", "return": "ref", "on_missing": "null"}},
        "qty": {"source": "qty", "resolve": "int", "default": 7},
        "soft": "$soft",
        "deep": "a.b.c",
        "text": {"template": "{id}/{$name}"},
        "kind": ["kind", {"map": {"x": "X", "y": None}, "else": "Z"}],
        "code": {"source": "code", "required": True},
        "lines": {"each": "lines", "fields": {"sku": ["sku", "upper"], "n": ["n", "int"]}},
        "count": ["lines", "count"],
    },
    "checks": [
        {"when": {"id": {"gt": 5000}}, "message": "too many"},
        {"when": {"qty": "9"}, "message": "nine", "level": "warn"},
    ],
}


def records(count: int) -> Iterator[dict[str, Any]]:
    """Records of which most are plain, and the others each odd in one way, over and over."""
    oddities: list[dict[str, Any]] = [
        {}, {"name": None}, {"name": 5}, {"drop": True}, {"qty": "9"}, {"qty": "no"}, {"qty": 3}, {"qty": None},
        {"qty": True}, {"key": "b"}, {"key": "c"}, {"key": "?"}, {"key": 1}, {"key": None}, {"kind": "y"}, {"kind": 4},
        {"kind": []}, {"code": " "}, {"code": None}, {"code": 0}, {"lines": None}, {"lines": {"sku": "one", "n": "1"}},
        {"lines": [{"sku": 1, "n": "x"}, {"n": 2}]}, {"a": None}, {"a": {"b": [1]}}, {"id": 6000}, {"id": 1.5},
    ]  # fmt: skip
    for number in range(count):
        record = {
            "id": number, "name": f" n{number} ", "qty": str(number % 9), "key": "a", "a": {"b": {"c": number}},
            "kind": "x", "code": "k", "lines": [{"sku": "s", "n": "1"}, {"sku": "t", "n": "2"}], "drop": False,
        }  # fmt: skip
        if number % 3 == 0:
            odd = oddities[number // 3 % len(oddities)]
            record |= odd
            if odd and number % 2:
                # The same member, not there at all.
                del record[next(iter(odd))]
        yield record


def outcome(mapper: Mapper, record: Any) -> Any:
    try:
        return mapper(record)
    except RecordRejected as error:
        return error.reject.record, error.reject.errors, error.reject.stage


def test_records_one_by_one_are_as_with_a_new_mapper() -> None:
    made = ENGINE.mapping(MAPPING)
    for record in records(3 * WARM):
        assert repr(outcome(made, record)) == repr(outcome(made.bind(), record))


@pytest.mark.parametrize("more", [{}, {"explode": {"path": "lines", "as": "line", "outer": True}}])
def test_many_records_are_as_with_a_new_mapper(more: dict[str, Any]) -> None:
    made = ENGINE.mapping(MAPPING | more)
    rows = list(records(4 * WARM))
    found = made.apply(rows)
    outputs: list[Any] = []
    rejects: list[Any] = []
    filtered, warnings = 0, []
    for number, row in enumerate(rows, 1):
        one = made.bind().apply(Batch.of_rows([row], first=number))
        outputs += one.records
        rejects += one.rejects
        filtered += one.filtered
        warnings += one.warnings
    assert repr((found.records, found.rejects)) == repr((outputs, rejects))
    assert (found.filtered, found.warnings) == (filtered, warnings)
    assert filtered
    assert rejects
    assert warnings


def test_a_sequence_counts_every_record_once() -> None:
    made = ENGINE.mapping(
        {
            "mapping": "1",
            "fields": {"n": {"resolve": [{"sequence": "n"}]}, "q": ["q", "int"]},
        }
    ).bind()  # fmt: skip
    found = made.apply([{"q": "no" if number % 10 == 3 else "1"} for number in range(1, 4 * WARM + 1)])
    assert [out["n"] for out in found.records] == [n for n in range(1, 4 * WARM + 1) if n % 10 != 3]


@pytest.mark.parametrize("singly", [False, True])
def test_steps_that_see_a_new_text_each_time_stop_keeping_results(singly: bool) -> None:
    fields = {"n": ["n", "int"], "few": ["few", {"date": "%d/%m/%Y"}], "many": ["many", {"date": "%d/%m/%Y"}]}
    made = ENGINE.mapping({"mapping": "1", "fields": fields}).bind()
    start = dt.date(1900, 1, 1)
    days = [start + dt.timedelta(days=number) for number in range(12_000)]
    rows = [
        {"n": str(number), "few": f"0{number % 9 + 1}/02/2024", "many": day.strftime("%d/%m/%Y")}
        for number, day in enumerate(days)
    ]
    outs = [made(row) for row in rows] if singly else made.apply(rows).records
    assert outs == [
        {"n": number, "few": dt.date(2024, 2, number % 9 + 1), "many": day} for number, day in enumerate(days)
    ]
    assert made._program._varied == {"/fields/n/1", "/fields/many/1"}
