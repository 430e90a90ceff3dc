"""Random mappings over random records: nothing but documented errors, nothing lost, every back end alike."""

from __future__ import annotations

import datetime as dt
import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "plugins")]
from case_files import every_path
from resolver_examples import named_args

from crosswalk import DataError, Engine, Mapper, RunInfo, SpecError
from crosswalk.compiler.mapper import Applied, RecordRejected
from crosswalk.compiler.program import Program

ENGINE = Engine()
RUN = RunInfo("run", dt.datetime(2024, 3, 2, tzinfo=dt.UTC))
NAMES = ("a", "b", "c")

scalars = st.one_of(
    st.sampled_from(["a", "7", " 12 ", "x"]),
    st.integers(0, 3),
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([2**62, -(2**63), 0.5, 1e308, Decimal("1.10")]),
    st.sampled_from(["", " ", "a", "b", "7", "-1", " 12 ", "1,200", "x y", "2024-02-29", "31/02/2024", "ß", "true"]),
    st.sampled_from([dt.date(2024, 2, 29), dt.datetime(2024, 3, 2, 1, tzinfo=dt.UTC), dt.datetime(2024, 3, 2)]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
records = st.one_of(
    st.fixed_dictionaries({"a": scalars, "b": scalars, "c": values}),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
)

names = st.sampled_from(NAMES)
plain = st.lists(names, min_size=1, max_size=3).map(".".join)
paths = st.one_of(
    plain,
    plain,
    names.map(lambda n: f"{n}[0]"),
    names.map(lambda n: f"$root.{n}"),
    st.sampled_from(["$u", "$v", "$v.a", "$w", "a[-1].b", "@", "a[?b=='a'].c | [0]", "length(a)", "$context.p"]),
    st.sampled_from(
        ["$run.started_at", "$run.id", "a[*].b", "a[].b", "b[*]", "a.b[*].c", "a[*].b[].c[*].a", "a[].b[0]"]
    ),
    st.sampled_from(
        [
            *("a[?b=='a'].c", "a[?b=='a'] | [0].c", "a[?b > `0`]", "b[?a != `3`].b | [-1]", "a[?b].c", "$root.a[?!b]"),
            *("c[?@ != 'a']", "a[*].b[?c >= `0`].a", "a[?starts_with(b, 'a')]", "$w[?a > `0`].b | [0]", "$v[?@=='a']"),
            *("a || b", "a && b.c", "a == b", "!c", "[a, b]", "{k: a, l: b.c}", "a[*].{k: b} | [0]", "a.*", "c[:2]"),
            *("not_null(b.c, a)", "to_string(b)", "max(a)", "keys(c)", "type(b)", "length(a[0])", "$root.length(c)"),
            *("sort_by(a, &b)[*].c", "map(&b, a)", "reverse(c)", "max_by(a, &b).c", "a[].b | length(@)", "sum(b)"),
            *("to_array(a)[0].b", "$v.length(@)", "$w.a || `1`", "contains(b, 'a')", "`1`", "to_array(b)[*].a"),
        ]
    ),
)
constants = st.sampled_from([None, True, 0, 3, 0.5, "a", "", [], [1], {"k": 1}, [1, "a"]])
literals = st.sampled_from([None, True, 0, 3, 0.5, "a", "", "2024-02-29"])
tests = st.one_of(
    literals,
    st.builds(
        lambda op, value: {op: value},
        st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
        literals.filter(lambda value: value is not None) | paths.map(lambda path: {"source": path}),
    ),
    st.builds(lambda op, value: {op: value}, st.sampled_from(["in", "not_in"]), st.lists(literals, max_size=3)),
    st.builds(lambda op: {op: "a"}, st.sampled_from(["starts_with", "ends_with", "contains", "matches"])),
    st.builds(lambda op, flag: {op: flag}, st.sampled_from(["present", "missing"]), st.booleans()),
    st.builds(lambda kind: {"type": kind}, st.sampled_from(["string", "number", "list", "null", "any"])),
    st.sampled_from([{"between": [0, 3]}, {"as": "integer", "gt": 1}, {"as": "date", "lt": "2024-03-01"}]),
)
conditions = st.recursive(
    st.one_of(
        *[st.dictionaries(paths, tests, min_size=1, max_size=2)] * 5,
        st.sampled_from([{"expr": text} for text in ("a == b", "b", "c[*]", "a[*].b", "c[?@ > `1`]", "{k: a}", "!c")]),
    ),
    lambda inner: st.one_of(
        inner.map(lambda cond: {"not": cond}),
        st.lists(inner, min_size=1, max_size=2).map(lambda conds: {"any": conds}),
        st.lists(inner, min_size=1, max_size=2).map(lambda conds: {"all": conds}),
    ),
    max_leaves=3,
)


def _steps_of_examples(*, in_columns: bool) -> list[Any]:
    """Each resolver with the arguments of its examples; `in_columns`: those with a columnar form."""
    found: dict[str, Any] = {}
    for name, resolver in sorted(ENGINE.registry.resolvers.items()):
        if not resolver.pure or not resolver.takes_input or (resolver.vector is None) == in_columns:
            continue
        for example in resolver.examples:
            args = named_args(resolver, example.args)
            step = {name: args} if args else name
            if example.error != "M106" and _is_good(step):
                found[repr(step)] = step
    return list(found.values())


def _is_good(step: Any) -> bool:
    try:
        ENGINE.mapping({"mapping": "1", "fields": {"x": ["a", step]}})
    except SpecError:
        return False
    return True


KERNEL_STEPS = _steps_of_examples(in_columns=True)
OTHER_STEPS = _steps_of_examples(in_columns=False)
EXAMPLE_TEXTS = sorted(
    {
        example.input
        for resolver in ENGINE.registry.resolvers.values()
        for example in resolver.examples
        if isinstance(example.input, str) and len(example.input) < 40
    }
)
steps = st.one_of(
    st.sampled_from(KERNEL_STEPS),
    st.sampled_from(KERNEL_STEPS),
    st.sampled_from(OTHER_STEPS),
    st.sampled_from(
        [
            "trim",
            "upper",
            "int",
            "decimal",
            "boolean",
            "date",
            "datetime",
            {"datetime": {"zone": "Australia/Sydney"}},
            "string",
            "count",
            "is_present",
            "first",
            "last",
            "only",
            "to_json",
            "parse_json",
            "blank_to_null",
            "compact",
            "distinct",
            "sort",
            "sum",
            "keys",
            "type_of",
            "float",
            {"join": ","},
            {"default": 1},
            {"default": "$v"},
            {"coalesce": ["$u", "$v", 5]},
            {"add": "$u"},
            {"multiply": "$v"},
            {"subtract": "$u"},
            {"divide": {"by": 4, "scale": 1}},
            {"get": "a"},
            {"decimal": {"scale": 1}},
            {"split": ","},
            {"replace": {"find": "a", "with": "b"}},
            {"lookup": "t"},
            {"map": {"a": "b", "7": None}},
            {"map": {"a": [1]}, "else": "z"},
            {"map": {"a": 1, "b": "x", "7": None, "x": 2.5, "": {"k": 1}}, "else": 2},
            {"map": {"a": True, "7": [1, "x"], "b": [{"k": 1}, {"j": 1}]}},
            {"each": ["string", "trim"]},
            {"each": "int"},
            {"check": {"gt": 1}},
            {"lookup": {"table": "t", "on_missing": "null"}},
            {"lookup": "u"},
            {"lookup": {"table": "u", "on_missing": "null"}},
            {"lookup": {"table": "v", "return": "k"}},
            {"lookup": {"table": "v", "return": ["m", "k"], "on_missing": "null"}},
            {"lookup": {"table": "v", "on_missing": "null"}},
            "pipe",
            {"fail": "no"},
            {"null_if": ["a"]},
        ]
    ),
    conditions.map(lambda cond: {"filter": cond}),
)
templates = st.lists(st.sampled_from(["{a}", "{b.c}", "{$v}", "x", "{{", "{$u}"]), min_size=1, max_size=3).map("".join)
calcs = st.sampled_from(["$u + 1", "$u * $v", "$v / 2.0", "-$u % 3", "($u - $v) * 0.5", "$root.a + $root.b"])
iterations = st.one_of(
    paths,
    st.builds(
        lambda path, extra: {"path": path, **extra},
        paths,
        st.sampled_from(
            [
                {},
                {"as": "w"},
                {"outer": True},
                {"limit": 1},
                {"where": {"a": {"present": True}}},
                {"entries": True},
                {"match": "*"},
                {"except": ["a"]},
                {"index_as": "w", "outer": True},
                {"repeat": "b"},
                {"repeat": "$root.b", "limit": 2, "index_as": "w"},
                {"where": {"@": {"ne": "a"}}, "outer": True, "as": "w"},
                {"where": {"$root.b": {"ne": "a"}}, "outer": True, "index_as": "w", "limit": 1},
            ]
        ),
    ),
    st.builds(
        lambda extra, uneven: {"zip": {"a": "a", "b": "b"}, "uneven": uneven, **extra},
        st.sampled_from([{}, {"as": "w"}, {"limit": 1}, {"outer": True, "index_as": "w"}]),
        st.sampled_from(["pad", "cut", "error"]),
    ),
    st.just([{"path": "a", "as": "w"}, "b"]),
    st.just([{"path": "a", "index_as": "w"}, {"path": "b.c", "outer": True}, {"path": "$root.c", "limit": 2}]),
    st.just([{"path": "a", "as": "w"}, {"path": "b", "outer": True}]),
)
# A key or two at a time: with many, hardly any record gets through.
extras = st.one_of(
    st.just({}),
    st.builds(lambda steps: {"resolve": steps}, st.lists(steps, min_size=1, max_size=3)),
    st.builds(
        lambda steps, how: {"resolve": steps, "on_error": how},
        st.lists(steps, min_size=1, max_size=2),
        st.sampled_from(["null", "omit", "keep"]),
    ),
    st.builds(lambda cond, how: {"when": cond, "on_error": how}, conditions, st.sampled_from(["fail", "null", "keep"])),
    st.sampled_from(
        [
            {"required": True},
            {"required": "present", "on_error": "null"},
            {"sensitive": True},
            {"check": {"ne": 0}},
            {"type": "string"},
            {"type": "any", "default": 1},
            {"type": "list", "on_error": "omit"},
            {"default": "d"},
        ]
    ),
)


def origins(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Every origin, with `inner` for the fields inside."""
    members = st.dictionaries(st.sampled_from(["p", "q", "r.s"]), inner, min_size=1, max_size=2)
    return st.one_of(
        paths.map(lambda path: {"source": path}),
        st.lists(paths, min_size=1, max_size=3).map(lambda several: {"source": several}),
        constants.map(lambda value: {"const": value}),
        st.builds(
            lambda text, missing: {"template": text, "if_missing": missing},
            templates,
            st.sampled_from(["null", "empty", "error"]),
        ),
        calcs.map(lambda text: {"calc": text}),
        members.map(lambda fields: {"fields": fields}),
        st.builds(lambda each, value: {"each": each, "value": value}, iterations, inner),
        st.builds(
            lambda each, fields, extra: {"each": each, "fields": fields, **extra},
            iterations,
            members,
            st.sampled_from(
                [
                    {},
                    {"sort": "a"},
                    {"sort": [{"by": ["b", "int"], "desc": True}, "a"]},
                    {"limit": 1},
                    {"distinct_by": "a"},
                    {"distinct_by": ["b", "@"], "sort": "a"},
                    {"let": {"u": "b"}, "sort": "$u"},
                    {
                        "let": {"u": ["a", "string"]},
                        "sort": {"by": "$u", "desc": True},
                        "limit": 2,
                        "where": {"$u": {"ne": "b"}},
                    },
                ]
            ),
        ),
        st.builds(
            lambda each, key, value, what: {"object": {"each": each, "key": key, "value": value, "duplicates": what}},
            iterations,
            st.sampled_from(["a", "a", ["b", "string"], "$key", [{"source": "a"}, {"source": "b"}]]),
            inner,
            st.sampled_from(["error", "first", "last", "collect"]),
        ),
        st.builds(
            lambda items, compact: {"array": items, "compact": compact}, st.lists(inner, max_size=3), st.booleans()
        ),
        st.builds(
            lambda cond, then, other: {"switch": [{"when": cond, "then": then}, {"else": other}]},
            conditions,
            inner,
            inner,
        ),
        st.builds(
            lambda key, how: {"lookup": {"key": key, **how}},
            inner,
            st.sampled_from(
                [
                    {"table": "t"},
                    {"table": "u", "on_missing": "null"},
                    {"table": "v", "return": "m", "on_missing": "null"},
                    {"table": "v", "return": ["k", "m"]},
                    {"table": "v"},
                ]
            ),
        ),
        st.builds(
            lambda keys, how: {"lookup": {"table": "w", "key": {"array": keys}, "return": "m", "on_missing": how}},
            st.lists(paths, min_size=2, max_size=2),
            st.sampled_from(["null", "error"]),
        ),
        st.sampled_from(
            [{"use": "f"}, {"use": "f", "at": "a"}, {"use": "f", "at": "$v"}, {"use": "f", "at": "a.b[0]"}]
        ),
        st.sampled_from([{"use": "g", "at": "b"}, {"use": "h"}, {"use": "h", "at": "a"}, {"use": "h", "at": "$w"}]),
    )


fields = st.recursive(
    paths | st.builds(lambda path, step: [path, step], paths, steps),
    lambda inner: st.builds(lambda origin, extra: {**origin, **extra}, origins(inner), extras),
    max_leaves=5,
)
schemas = st.builds(
    lambda rules, more: {"type": "object", "properties": rules, **more},
    st.dictionaries(
        st.sampled_from("xyz"),
        st.sampled_from(
            [{"type": "string", "maxLength": 3}, {"type": ["integer", "null"], "minimum": 0}, {"type": "array"}, {}]
        ),
        min_size=1,
    ),
    st.sampled_from([{}, {"required": ["x"]}, {"additionalProperties": False}, {"minProperties": 2}]),
)
mappings = st.fixed_dictionaries(
    {
        "mapping": st.just("1"),
        "params": st.just({"p": {"type": "integer", "default": 1}}),
        "tables": st.just(
            {
                "t": {"inline": {"a": 1, "7": {"k": 1}}},
                "u": {"inline": {"a": "b", "7": "", "": "e"}},
                "w": {
                    "inline": [
                        {"k": "a", "l": "b", "m": 1},
                        {"k": "7", "l": 0, "m": "x"},
                        {"k": "a", "l": "c", "m": 2},
                    ],
                    "key": ["k", "l"],
                },
                "v": {"inline": {"a": {"k": 1, "m": "x"}, "7": {"k": None, "m": "y"}, "b": {"k": 3, "m": None}}},
            }
        ),
        "pipelines": st.just({"pipe": ["trim", "upper"]}),
        "fragments": st.just(
            {
                "f": {"fields": {"k": "a", "l": ["b", "string"]}},
                "h": {"fields": {"k": "a"}, "passthrough": {"exclude": ["b"]}},
                "g": {"let": {"n": ["a", "int"]}, "fields": {"n": "$n", "c": {"const": 1}}},
            }
        ),
        "let": st.fixed_dictionaries(
            {
                "u": fields.filter(lambda field: "$" not in repr(field)),
                "v": paths.filter(lambda path: path[:2] not in ("$u", "$v", "$w")),
                "w": st.just("c"),
            }
        ),
        "fields": st.dictionaries(st.sampled_from(["x", "y", "z.a", "z.b"]), fields, min_size=1, max_size=3),
    },
    optional={
        "filter": st.just({"a": {"missing": False}}) | st.just({"c": {"ne": "a"}}) | conditions,
        "where": st.just({"b": {"type": "any"}}) | st.just({"a": {"ne": None}}) | conditions,
        "passthrough": st.sampled_from([True, {"exclude": ["a"]}]),
        "spread": st.sampled_from(
            [
                *(
                    "b",
                    {"source": "a", "on_error": "omit"},
                    {"use": "f"},
                    {"use": "h", "at": "$v"},
                    {"const": {"k": 1}},
                ),
                {"object": {"each": "c", "key": ["a", "string"], "value": "b", "duplicates": "last"}},
                {"fields": {"q": "a", "r.s": "b"}, "when": {"a": {"present": True}}},
                ["b", {"lookup": {"table": "v", "on_missing": "null"}}],
                "{k: a, x: b}",
            ]
        ),
        "checks": st.lists(
            st.builds(
                lambda cond, level: {"when": cond, "message": "m", "level": level},
                conditions,
                st.sampled_from(["reject", "warn"]),
            ),
            max_size=2,
        ),
        "defaults": st.sampled_from([{"fields": {"resolve": ["trim"]}}, {"fields": {"on_error": "null"}}]),
        "target": st.just({"missing": "null"}) | schemas.map(lambda schema: {"schema": schema}),
        "on_error": st.sampled_from([{"record": "skip"}, {"record": "reject"}]),
        "source": st.sampled_from([{"empty": "missing"}, {"empty": "null"}]),
    },
)
many = st.fixed_dictionaries({}, optional={"explode": iterations, "let_each": st.just({"e": ["$w", "string"]})})


@st.composite
def outputs(draw: st.DrawFn, mapping: st.SearchStrategy[dict[str, Any]] = mappings) -> dict[str, Any]:
    """A mapping with several outputs, of which some may write to one stream."""
    whole = draw(mapping)
    parts: list[dict[str, Any]] = [
        {
            "name": draw(st.sampled_from(["s", "s", "t"])),
            "fields": draw(st.dictionaries(st.sampled_from(["x", "y", "z.a"]), fields, min_size=1, max_size=2)),
            **draw(
                st.fixed_dictionaries(
                    {}, optional={"explode": iterations, "where": conditions, "let_each": st.just({"e": "$v"})}
                )
            ),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    parts[0]["fields"] = whole.pop("fields")
    for name in ("passthrough", "spread"):
        whole.pop(name, None)
    return {**whole, "outputs": parts}


def compiled(mapping: dict[str, Any]) -> Mapper | None:
    """The mapper, None when the mapping is refused, which a cycle or an unknown variable may be."""
    try:
        return ENGINE.mapping(mapping).bind(run=RUN)
    except SpecError as error:
        assert {d.code for d in error.diagnostics if d.level == "error"} <= {"M103", "M108", "M203", "M204"}, str(error)
        return None


def facts(applied: Applied) -> str:
    """Everything that came out, as text: equal texts are equal to the last digit and type."""
    rejects = [(reject.number, reject.stage, reject.record, reject.errors) for reject in applied.rejects]
    return repr((applied.outputs, rejects, applied.filtered, applied.skipped, applied.warnings))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, st.lists(records, max_size=4))
def test_one_for_one(mapping: dict[str, Any], rows: list[Any]) -> None:
    mapper = compiled(mapping)
    if mapper is None:
        return
    before = repr(rows)
    applied = mapper.apply(rows)
    assert repr(rows) == before
    assert len(applied.records) + len(applied.rejects) + applied.filtered + applied.skipped == len(rows)
    assert all(error.code.startswith("M3") for reject in applied.rejects for error in reject.errors)
    singly: list[Any] = []
    for row in rows:
        try:
            singly.append(mapper(row))
        except RecordRejected as error:
            assert error.reject.errors
        except DataError as error:
            raise AssertionError("a data error got out") from error
    assert repr([out for out in singly if out is not None]) == repr([out for out in applied.records if out is not None])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, st.lists(records, max_size=4))
def test_sparse_code_does_the_same(mapping: dict[str, Any], more: dict[str, Any], rows: list[Any]) -> None:
    mapper = compiled({**mapping, **more})
    if mapper is None:
        return
    dense = facts(mapper.apply(rows))
    sparse = mapper._with(_program=Program(mapper.plan, mapper.languages, sparse=every_path(mapper.plan)))
    assert facts(sparse.bind(run=RUN).apply(rows)) == dense


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, st.lists(records, max_size=4), st.sampled_from([0.0, 0.5, 1.0]), st.randoms())
def test_quick_attempts_do_the_same(
    mapping: dict[str, Any], more: dict[str, Any], rows: list[Any], share: float, pick: random.Random
) -> None:
    mapper = compiled({**mapping, **more})
    if mapper is None:
        return
    sparse = frozenset(place for place in sorted(every_path(mapper.plan)) if pick.random() < share)
    found = []
    for quick in (False, True):
        bound = mapper._with(_program=Program(mapper.plan, mapper.languages, sparse=sparse, quick=quick)).bind(run=RUN)
        found.append(facts(bound.apply(rows)))
    assert found[1] == found[0]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, many, records)
def test_expand_is_apply_of_one(mapping: dict[str, Any], more: dict[str, Any], row: Any) -> None:
    mapper = compiled({**mapping, **more})
    if mapper is None:
        return
    applied = mapper.apply([row])
    try:
        expanded = mapper.expand(row)
    except RecordRejected as error:
        assert error.reject.errors == applied.rejects[0].errors
    else:
        assert repr([output.record for output in expanded]) == repr(applied.records)


@pytest.mark.parametrize("empty", ["null", "missing"])
@pytest.mark.parametrize("path", ["a", "$root.a", "$v", "reverse(a)", "a || b", "$root.not_null(b, a)", "[a] | [0]"])
def test_an_empty_text_is_no_item_however_the_code_reads_it(empty: str, path: str) -> None:
    """Code for members that are often missing once took an empty text that means null for an item, or for an object."""
    spec = {
        "mapping": "1",
        "source": {"empty": empty},
        "let": {"v": "a"},
        "fragments": {"f": {"fields": {"k": {"const": 1}}}},
        "fields": {"l": {"each": path, "value": {"const": 1}}, "o": {"use": "f", "at": path}},
    }
    mapper = compiled(spec)
    assert mapper is not None
    for sparse in (frozenset(), every_path(mapper.plan)):
        made = mapper._with(_program=Program(mapper.plan, mapper.languages, sparse=sparse)).bind(run=RUN)
        assert made.apply([{"a": ""}, {"a": "x"}]).records == [{"l": []}, {"l": [1], "o": {"k": 1}}]
