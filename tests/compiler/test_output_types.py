"""Types that are known before the first record: what each part of a mapping promises, and that records keep it."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crosswalk import CrosswalkError, Engine
from crosswalk.compiler.arrow_schema import to_arrow
from crosswalk.compiler.field_type import ANY, FieldType, join, type_of_annotation, type_of_value
from crosswalk.values import MISSING

sys.path.insert(0, str(Path(__file__).parent))
from case_files import apply_case, compile_case, load_cases


def types_of(fields: dict[str, Any], **members: Any) -> dict[str, str]:
    mapping = {"mapping": "1", "name": "m", "source": {"format": "csv"}, "fields": fields} | members
    return {name: str(of) for name, of in Engine().mapping(mapping).output_type().members}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a", "string?"),
        (["a", "trim"], "string?"),
        (["a", "int"], "integer?"),
        (["a", {"decimal": 2}], "decimal(2)?"),
        (["a", "decimal"], "decimal?"),
        (["a", {"decimal": 3}, {"round": 1}], "decimal(1)?"),
        (["a", "int", {"add": 1}], "integer?"),
        (["a", {"decimal": 2}, {"multiply": 3}], "decimal(2)?"),
        (["a", "number"], "number?"),
        (["a", "is_present"], "boolean"),
        (["a", "blank_to_null", {"default": "-"}], "string"),
        (["a", {"split": ","}], "list(string?)?"),
        (["a", {"split": ","}, {"each": ["int"]}, {"filter": {"@": {"gt": 1}}}, "first"], "integer?"),
        (["a", {"map": {"y": True, "n": False}}], "boolean?"),
        (["a", {"map": {"y": 1}, "else": "x"}], "any?"),
        (["a", "parse_json"], "any?"),
        ({"source": "a", "type": "date"}, "date?"),
        ({"source": "a", "type": "datetime", "required": True}, "datetime"),
        ({"source": "a", "type": "integer", "default": 0}, "integer"),
        ({"source": "a", "type": "integer", "required": True, "on_error": "null"}, "integer"),
        ({"source": "a", "type": "integer", "default": 0, "on_error": "omit"}, "integer?"),
        ({"source": "a", "type": "integer", "on_error": "keep"}, "any?"),
        ({"source": ["a", "b"], "default": "x"}, "string"),
        ({"const": {"a": [1, None]}}, "object(a: list(integer?))"),
        ({"template": "{a}-{b}"}, "string?"),
        ({"template": "{a}-{b}", "if_missing": "empty"}, "string"),
        ({"calc": "$n + 1"}, "integer"),
        ({"calc": "$n * $p"}, "decimal(2)?"),
        ({"calc": "$p * $p"}, "decimal(4)?"),
        ({"calc": "$p + 0.125"}, "decimal(3)?"),
        ({"calc": "$p / 3"}, "decimal?"),
        ({"calc": "$n / $n"}, "number"),
        ({"calc": "$text + 1"}, "number?"),
        ("$context.day", "date"),
        ("$meta.row", "integer"),
        ("$thing.a", "integer?"),
        ("$thing.b", "null?"),
        ({"when": {"a": {"present": True}}, "const": 1}, "integer?"),
        ({"when": {"a": {"present": True}}, "const": 1, "else": {"const": 2}}, "integer"),
        ({"switch": [{"when": {"a": {"eq": "1"}}, "then": {"const": 1}}, {"else": "$p"}]}, "number?"),
        ({"switch": [{"when": {"a": {"eq": "1"}}, "then": {"const": 1}}, {"else": "a"}]}, "any?"),
        ({"array": ["a", {"const": "b"}], "compact": True}, "list(string)"),
        ({"fields": {"x": "a", "y.z": {"const": 1}}}, "object(x: string?, y: object(z: integer))"),
        ({"fields": {"x": "a"}}, "object(x: string?)?"),
        ({"each": "rows", "fields": {"x": {"const": 1}, "n": "$index"}}, "list(object(x: integer, n: integer?))"),
        ({"lookup": {"table": "t", "key": "a", "return": "name"}}, "string?"),
        ({"lookup": {"table": "t", "key": "a", "return": ["size"]}}, "object(size: integer?)?"),
        ({"lookup": {"table": "t", "key": {"const": "1"}, "return": "size"}}, "integer"),
        ({"lookup": {"table": "t", "key": {"const": "1"}, "return": "size", "on_missing": "null"}}, "integer?"),
    ],
)
def test_what_a_field_promises(field: Any, expected: str) -> None:
    found = types_of(
        {"field": field},
        params={"day": {"type": "date", "required": True}},
        let={
            "n": {"source": "n", "type": "integer", "default": 0},
            "p": ["p", {"decimal": 2}],
            "text": "t",
            "thing": {"const": {"a": 1}},
        },
        tables={"t": {"inline": [{"k": "1", "name": "x", "size": 1}, {"k": "2", "name": "y", "size": 2}], "key": "k"}},
    )
    assert found == {"field": expected}


def test_texts_are_known_of_csv_only() -> None:
    assert types_of({"a": "a"}, source={"format": "ndjson"}) == {"a": "any?"}
    assert str(Engine().mapping({"mapping": "1", "fields": {"a": "a"}}, source_format="csv").output_type()) == (
        "object(a: string?)"
    )


def test_the_target_schema_tells_more() -> None:
    schema = {
        "type": "object",
        "required": ["a", "n"],
        "properties": {
            "a": {"type": "string"},
            "n": {"type": "integer"},
            "rows": {"type": ["array", "null"], "items": {"type": "boolean"}},
        },
    }
    found = types_of(
        {"a": "a", "n": ["n", "decimal"], "rows": "rows", "z": "z"},
        source={"format": "ndjson"},
        target={"schema": schema},
    )
    assert found == {"a": "string", "n": "decimal", "rows": "list(boolean?)?", "z": "any?"}


def test_outputs_of_one_stream_are_joined() -> None:
    outputs = [
        {"name": "a", "fields": {"x": {"const": 1}, "y": {"const": "t"}}},
        {"name": "a", "fields": {"x": {"const": 2}}},
        {"name": "b", "fields": {"x": "x"}},
    ]
    mapper = Engine().mapping({"mapping": "1", "outputs": outputs})
    assert str(mapper.output_type("a")) == "object(x: integer, y: string?)"
    assert str(mapper.output_type("b")) == "object(x: any?)"
    open_ended = Engine().mapping({"mapping": "1", "fields": {"x": "x"}, "passthrough": True})
    assert str(open_ended.output_type()) == "object(x: any?, ...)"


def test_types_of_annotations() -> None:
    assert str(type_of_annotation(list[str])) == "list(string?)"
    assert str(type_of_annotation(int | None)) == "integer?"
    assert str(type_of_annotation(int | float | Decimal)) == "number"
    assert str(type_of_annotation(dict[str, Any])) == "object(...)"
    assert type_of_annotation(Any) == ANY
    assert str(type_of_annotation(type(MISSING) | str)) == "string?"


def test_arrow_schema() -> None:
    pa = pytest.importorskip("pyarrow")
    mapping = {
        "mapping": "1",
        "source": {"format": "csv"},
        "fields": {
            "id": {"source": "id", "type": "integer", "required": True},
            "price": ["p", {"decimal": 2}],
            "vague": ["v", "decimal"],
            "when": ["d", "datetime"],
            "lines": {"each": "l", "fields": {"sku": ["s", "string"], "qty": ["q", "int"]}},
        },
    }
    schema = to_arrow(Engine().mapping(mapping).output_type())
    line = pa.struct([pa.field("sku", pa.string()), pa.field("qty", pa.int64())])
    assert schema.remove_metadata() == pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("price", pa.decimal128(38, 2)),
            pa.field("vague", pa.string()),
            pa.field("when", pa.string()),
            pa.field("lines", pa.list_(pa.field("item", line, nullable=False)), nullable=False),
        ]
    )
    assert [(f.name, f.metadata) for f in schema if f.metadata] == [
        ("vague", {b"crosswalk": b"decimal"}),
        ("when", {b"crosswalk": b"datetime"}),
    ]


# ---- soundness: every conformance case keeps its types -----------------------------------------------------------

_OF_KIND: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "decimal": (Decimal,),
    "float": (float,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "date": (dt.date,),
    "datetime": (dt.datetime,),
    "time": (dt.time,),
    "bytes": (bytes,),
    "object": (dict,),
    "list": (list,),
    "null": (),
}


def fits(value: Any, of: FieldType) -> bool:
    if value is None or value is MISSING:
        return of.nullable
    if of.kind == "any":
        return True
    if type(value) not in _OF_KIND[of.kind]:
        return False
    if of.kind == "decimal" and of.scale is not None:
        return bool(-value.as_tuple().exponent <= of.scale)
    if of.kind == "list":
        return all(fits(item, of.item or ANY) for item in value)
    if of.kind == "object":
        known = dict(of.members)
        return (of.open or value.keys() <= known.keys()) and all(
            fits(value.get(name, MISSING), member) for name, member in known.items()
        )
    return True


def test_a_value_that_does_not_fit_is_seen() -> None:
    one = FieldType("object", False, members=(("a", FieldType("integer", False)),))
    assert fits({"a": 1}, one)
    assert not any(fits(value, one) for value in ({}, {"a": None}, {"a": "1"}, {"a": True}, {"a": 1, "b": 2}))
    assert not fits(Decimal("1.25"), FieldType("decimal", scale=1))


@pytest.mark.parametrize(("name", "case"), load_cases(), ids=lambda part: part if isinstance(part, str) else "")
def test_records_have_their_types(name: str, case: dict[str, Any], tmp_path: Path) -> None:
    engine = Engine()
    try:
        mapper = compile_case(case, tmp_path, engine, "row")
        if not isinstance(case.get("given"), dict):
            mapper.plan.all_text = False  # rows given as objects are not read from text
        bound = mapper.bind(case["params"]) if "params" in case else mapper
        types = {stream: mapper.output_type(stream) for stream in mapper.streams}
        outputs = apply_case(bound, case, engine).outputs if "given" in case else {}
    except CrosswalkError:
        return
    for stream, records in outputs.items():
        for record in records:
            assert fits(record, types[stream]) or not isinstance(record, dict), f"{record} is no {types[stream]}"


def test_joining_is_symmetric() -> None:
    values: list[Any] = [None, "a", 1, 1.5, Decimal("1.5"), Decimal("1.25"), [1], ["a"], {"a": 1}, {"b": 1}, True]
    for one in values:
        for other in values:
            both = join(type_of_value(one), type_of_value(other))
            assert fits(one, both)
            assert fits(other, both)
            again = join(type_of_value(other), type_of_value(one))
            assert again.kind == both.kind
            assert again.nullable == both.nullable
