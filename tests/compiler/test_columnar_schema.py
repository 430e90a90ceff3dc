"""`target.schema` by columns: random schemas over random records, with the verdicts and messages of the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from columnar_rows import columnar_batch
from test_random_mappings import compiled, facts

from crosswalk import UsageError

texts = st.sampled_from(["", "a", "ab", "é1", "7", "x-9"])
numbers = st.sampled_from([-1, 0, 1, 2, 7, 2**53 + 1])
records = st.fixed_dictionaries(
    {"s": texts, "n": numbers},
    optional={
        "f": st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.25, 1e300]),
        "d": st.sampled_from(["1.10", "2.00", "0.05", "100000000000000000.00"]),
        "b": st.booleans(),
        "t": st.sampled_from(["2024-02-29", "2024-03-01"]),
        "m": st.just("2024-02-29T10:00:00Z"),
        "l": st.lists(texts, max_size=3),
        "k": st.lists(st.fixed_dictionaries({}, optional={"q": numbers, "s": texts}), max_size=2),
        "o": st.fixed_dictionaries({}, optional={"q": numbers, "s": texts, "p": st.lists(numbers, max_size=2)}),
        "z": texts,
    },
)
FIELDS = {
    "s": "s",
    "n": "n",
    "f": "f",
    "d": ["d", {"decimal": {"scale": 2}}],
    "b": "b",
    "t": ["t", "date"],
    "m": ["m", "datetime"],
    "l": "l",
    "k": {"each": "k", "fields": {"q": "q", "s": "s"}},
    "o": {"fields": {"q": "o.q", "s": "o.s", "p": "o.p"}},
    "z": "z",
    "a": {"array": ["s", "z"]},
    "raw": "o.p",
}
bounds = st.sampled_from([-1, 0, 1, 1.5, 2, 0.05, 2.25, 1e17, 3])
scalars = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, "a", "", "2024-02-29", 2**53 + 1, "7"])
kinds = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
of_values = st.fixed_dictionaries(
    {},
    optional={
        "type": kinds | st.lists(kinds, min_size=1, max_size=3, unique=True),
        "minimum": bounds,
        "exclusiveMinimum": bounds,
        "maximum": bounds,
        "exclusiveMaximum": bounds,
        "multipleOf": st.sampled_from([1, 0.05, 0.5, 2]),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "pattern": st.sampled_from(["^[a-z]", "[0-9]$", "-"]),
        "enum": st.lists(scalars, min_size=1, max_size=3),
        "const": scalars,
        "format": st.just("email"),
        "title": st.just("t"),
    },
)
names = st.sampled_from(["s", "n", "f", "d", "b", "t", "m", "l", "k", "o", "z", "a", "q", "p", "raw"])


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    part = inner | st.booleans()
    objects = st.fixed_dictionaries(
        {"properties": st.dictionaries(names, inner, max_size=4)},
        optional={
            "type": st.just("object") | st.just(["object", "null"]),
            "required": st.lists(names, max_size=2, unique=True),
            "additionalProperties": part,
            "patternProperties": st.dictionaries(st.sampled_from(["^[a-o]$", "z"]), part, max_size=1),
            "propertyNames": st.sampled_from([{"maxLength": 1}, {"enum": ["s", "n"]}, True]),
            "minProperties": st.integers(0, 6),
            "maxProperties": st.integers(2, 12),
            "dependentRequired": st.dictionaries(names, st.lists(names, max_size=2, unique=True), max_size=1),
        },
    )
    lists = st.fixed_dictionaries(
        {"items": part},
        optional={
            "type": st.just("array"),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 3),
            "uniqueItems": st.booleans(),
            "contains": inner,
        },
    )
    choices = st.fixed_dictionaries({"if": part}, optional={"then": part, "else": part})
    negated = part.map(lambda schema: {"not": schema})
    several = st.builds(
        lambda how, parts: {how: parts},
        st.sampled_from(["allOf", "anyOf", "oneOf", "oneOf"]),
        st.lists(part, min_size=1, max_size=3),
    )
    refs = st.sampled_from([{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y", "type": "string"}, {"not": {"const": "a"}}])
    return st.one_of(objects, objects, lists, several, refs, choices, negated)


whole = st.recursive(of_values, schemas, max_leaves=6)
tops = st.builds(
    lambda schema, x, y: {**schema, "$defs": {"x": x, "y": y}},
    schemas(whole),
    of_values,
    st.dictionaries(names, of_values, max_size=2).map(lambda members: {"properties": members, "maxProperties": 3}),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(tops, st.lists(records, min_size=1, max_size=4))
def test_verdicts_and_messages(schema: dict[str, Any], rows: list[Any]) -> None:
    mapper = compiled({"mapping": "1", "name": "m", "fields": FIELDS, "target": {"schema": schema}})
    assert mapper is not None
    try:
        columnar = mapper.with_back_end("columnar")
    except UsageError:
        assume(False)
    wanted = facts(mapper.with_back_end("row").apply(rows))
    assert facts(columnar.apply(columnar_batch(rows))) == wanted


GOOD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "s": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"},
        "n": {"type": "integer", "minimum": 0, "exclusiveMaximum": 10},
        "d": {"type": "number", "maximum": 5, "multipleOf": 0.05},
        "t": {"type": "string", "format": "date"},
        "k": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 1},
    },
    "required": ["s", "n"],
    "$defs": {"line": {"type": "object", "properties": {"q": {"type": "integer"}}, "required": ["q"]}},
}
ROW = {"s": "abc", "n": 3, "d": "1.10", "t": "2024-02-29", "k": [{"q": 1}]}


def test_records_that_fit_stay_in_columns_and_the_others_are_told() -> None:
    fields = {name: FIELDS[name] for name in "sndtk"}
    mapper = compiled({"mapping": "1", "name": "m", "fields": fields, "target": {"schema": GOOD}})
    assert mapper is not None
    rows = [dict(ROW) for _ in range(20)]
    rows[7] = {**ROW, "n": 10, "k": [{}]}
    applied = mapper.with_back_end("columnar").apply(columnar_batch(rows))
    assert applied.batches[""].is_columnar
    assert len(applied.records) == 19
    (reject,) = applied.rejects
    assert [(error.code, error.field, error.message) for error in reject.errors] == [
        ("M360", "n", "10 is greater than or equal to the maximum of 10"),
        ("M360", "k.0", "'q' is a required property"),
    ]


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"oneOf": [{"dependentSchemas": {"s": True}}]}, "dependentSchemas"),
        ({"properties": {"k": {"items": {"properties": {}, "not": {"prefixItems": [True]}}}}}, "prefixItems"),
        (
            {"properties": {"k": {"$ref": "#/$defs/x"}}, "$defs": {"x": {"contains": {}, "maxContains": 1}}},
            "maxContains",
        ),
        ({"properties": {"k": {"$ref": "#elsewhere"}}, "$defs": {"x": {"$anchor": "elsewhere"}}}, "$ref"),
    ],
)
def test_keywords_that_only_rows_check(schema: dict[str, Any], keyword: str) -> None:
    mapper = compiled({"mapping": "1", "name": "m", "fields": {"s": "s"}, "target": {"schema": schema}})
    assert mapper is not None
    with pytest.raises(UsageError, match=rf'"\{keyword}"' if keyword[0] == "$" else f'"{keyword}"') as caught:
        mapper.with_back_end("columnar")
    assert "checked record by record" in str(caught.value)


def test_a_multiple_is_told_by_digits() -> None:
    """A decimal and a float have no quotient in Python, and 1.1 / 0.1 is not 11."""
    schema = {"properties": {"d": {"multipleOf": 0.05}, "f": {"multipleOf": 0.1}}}
    mapper = compiled({"mapping": "1", "name": "m", "fields": FIELDS, "target": {"schema": schema}})
    assert mapper is not None
    rows = [{"s": "a", "n": 1, "d": "1.10", "f": 1.1}, {"s": "a", "n": 1, "d": "1.11", "f": 1.15}]
    for back_end in ("row", "columnar"):
        applied = mapper.with_back_end(back_end).apply(columnar_batch(rows))  # type: ignore[arg-type]
        assert len(applied.records) == 1
        messages = [error.message for error in applied.rejects[0].errors]
        assert messages == ["1.11 is not a multiple of 0.05", "1.15 is not a multiple of 0.1"]


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"required": ["z"]}, {"properties": {"n": {"maximum": 5}}}]},
        {"not": {"required": ["z"]}},
        {"if": {"properties": {"n": {"maximum": 5}}}, "then": {"required": ["k"]}, "else": False},
        {"properties": {"k": {"contains": {"required": ["q"]}}}},
    ],
)
def test_records_that_a_choice_takes_stay_in_columns(schema: dict[str, Any]) -> None:
    fields = {name: FIELDS[name] for name in "snkz"}
    mapper = compiled({"mapping": "1", "name": "m", "fields": fields, "target": {"schema": schema}})
    assert mapper is not None
    rows = [dict(ROW) for _ in range(20)] + [{**ROW, "n": 9, "z": "a", "k": []}, {**ROW, "z": "b", "k": [{}]}]
    applied = mapper.with_back_end("columnar").apply(columnar_batch(rows))
    assert sum(len(piece) for piece in applied.batches[""].pieces if piece.is_columnar) >= 20
    assert facts(applied) == facts(mapper.with_back_end("row").apply(rows))
