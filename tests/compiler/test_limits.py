"""Mappings nested deeper than generated code can be, and long ones that are no problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crosswalk import Engine, SpecError

Field = Any


def each(inner: Field) -> Field:
    return {"each": "a", "value": inner}


def fields(inner: Field) -> Field:
    return {"fields": {"a": inner}}


def then(inner: Field) -> Field:
    return {"switch": [{"when": {"a": 1}, "then": inner}, {"else": {"const": 0}}]}


def otherwise(inner: Field) -> Field:
    return {"when": {"a": 2}, "const": 0, "else": inner}


def array(inner: Field) -> Field:
    return {"array": [inner]}


def keyed(inner: Field) -> Field:
    return {"object": {"each": "a", "key": {"const": "k"}, "value": inner}}


WAYS = [each, fields, then, otherwise, array, keyed]


def nested(way: Callable[[Field], Field], depth: int) -> dict[str, Any]:
    field: Field = {"const": 7}
    for _ in range(depth):
        field = way(field)
    return {"mapping": "1", "fields": {"x": field}}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def innermost(value: Any) -> Any:
    while isinstance(value, dict | list):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value


@pytest.mark.parametrize("way", WAYS)
def test_twenty_five_levels_work(engine: Engine, way: Callable[[Field], Field]) -> None:
    record: Any = 1
    for _ in range(26 if way in (each, keyed) else 1):
        record = {"a": record}
    assert innermost(engine.mapping(nested(way, 25))(record)) == 7


@pytest.mark.parametrize("way", WAYS)
def test_deeper_ones_work_or_are_refused_at_the_field(engine: Engine, way: Callable[[Field], Field]) -> None:
    for depth in (40, 60):
        try:
            mapper = engine.mapping(nested(way, depth))
        except SpecError as error:
            assert [(d.code, d.pointer) for d in error.diagnostics] == [("M108", "/fields/x")]
            assert "too deeply" in error.diagnostics[0].message
        else:
            mapper({"a": 1})


def test_a_thousand_fields_and_cases(engine: Engine) -> None:
    cases = [{"when": {"n": i}, "then": {"const": i}} for i in range(1000)]
    mapping = {"mapping": "1", "fields": {f"f{i}": f"p.q{i}" for i in range(1000)} | {"s": {"switch": cases}}}
    made = engine.mapping(mapping)({"n": 999, "p": {f"q{i}": i for i in range(1000)}})
    assert made["f999"] == 999
    assert made["s"] == 999


def test_explode_over_many_levels_works_or_is_refused(engine: Engine) -> None:
    def mapping(levels: int) -> dict[str, Any]:
        explode = [{"path": "a", "as": f"v{i}"} for i in range(levels)]
        return {"mapping": "1", "explode": explode, "fields": {"x": "$v0"}}

    assert engine.mapping(mapping(12)).apply([{"a": [1]}]).records == [{"x": 1}]
    with pytest.raises(SpecError) as caught:
        engine.mapping(mapping(30))
    assert caught.value.code == "M108"
