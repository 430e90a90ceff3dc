"""Iterations by columns: random loops over lists of one shape against the row functions; each kind stays columnar."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent))
from columnar_rows import columnar_batch
from test_random_mappings import compiled, facts

from crosswalk import Batch, Engine, Mapper
from crosswalk.compiler.columnar import gathered

words = st.sampled_from(["a", "b", "", "B", "ß", "10", "9"])
numbers = st.integers(-2, 4)
items = st.fixed_dictionaries(
    {"s": words},
    optional={
        "n": numbers,
        "f": st.sampled_from([0.0, -0.0, 1.5, 2.0]),
        "m": st.lists(st.fixed_dictionaries({}, optional={"k": words, "n": numbers}), max_size=3),
        "t": st.lists(words, max_size=3),
        "o": st.fixed_dictionaries({"k": words}, optional={"n": numbers}),
    },
)
records = st.fixed_dictionaries(
    {"id": numbers},
    optional={
        "l": st.lists(items, max_size=4) | st.none(),
        "p": st.lists(words, max_size=3),
        "q": st.lists(numbers | st.none(), max_size=3),
        "c": st.integers(-1, 3),
        "o": st.fixed_dictionaries({"k": words}, optional={"n": numbers}),
    },
)
tests = st.sampled_from(
    [{"s": {"ne": "a"}}, {"n": {"gt": 0}}, {"n": {"present": True}}, {"$root.id": {"gt": 0}}, {"t[0]": "b"}]
)
keys = st.sampled_from(["s", "n", "f", "o.k", "$root.id", "m[0].k"])
steps = keys | st.sampled_from([["s", "lower"], ["n", {"default": 0}]])
orders = st.builds(lambda by, desc: {"by": by, "desc": desc}, steps, st.booleans())
loops = st.builds(
    lambda path, extra: {"path": path, **extra},
    st.sampled_from(["l", "l", "l", "o", "p", "sort_by(l, &s)"]),
    st.fixed_dictionaries(
        {},
        optional={
            "where": tests,
            "limit": st.integers(1, 3),
            "outer": st.just(True),
            "index_as": st.just("i"),
            "as": st.just("x"),
            "repeat": st.sampled_from(["n", "$root.c", "s"]),
        },
    ),
)
nested = st.builds(
    lambda one, other: [one, other],
    loops,
    st.sampled_from(["m", "t", {"path": "m", "outer": True}, {"path": "$root.q", "limit": 2}]),
)
zips = st.builds(
    lambda uneven, extra: {"zip": {"s": "p", "n": "q"}, "uneven": uneven, **extra},
    st.sampled_from(["pad", "cut", "error"]),
    st.fixed_dictionaries({}, optional={"outer": st.just(True), "where": tests, "index_as": st.just("i")}),
)
bodies = st.sampled_from(
    [
        {"value": "s"},
        {"fields": {"s": "s", "n": "n"}},
        {"fields": {"s": ["s", "upper"], "at": "$index", "no": "$number", "id": "$root.id"}},
        {"fields": {"m": {"each": "m", "sort": "n", "value": "k"}, "k": "o.k"}},
        {"fields": {"o": {"use": "f", "at": "o"}, "p": "$parent.id"}},
        {"fields": {"sum": ["m[*].n", "sum"], "ks": "m[].k", "t": ["t", "count"]}},
        {"value": {"array": ["s", "o.k"]}},
        {"value": {"array": ["n", {"const": 1}], "compact": True}},
    ]
)
lists = st.builds(
    lambda each, body, extra: {"each": each, **body, **extra},
    loops | nested | zips | st.just("l"),
    bodies,
    st.fixed_dictionaries(
        {},
        optional={
            "where": tests,
            "limit": st.integers(1, 3),
            "distinct_by": st.sampled_from(["s", "n", "f", ["s", "n"], "o.k"]),
            "sort": keys
            | st.lists(
                st.builds(lambda by, desc: {"by": by, "desc": desc}, keys, st.booleans()), min_size=1, max_size=2
            ),
        },
    ),
)
switches = st.builds(
    lambda one, other: {"switch": [{"when": {"id": {"gt": 0}}, "then": one}, {"else": other}]},
    lists | st.just({"use": "f", "at": "o"}),
    lists | st.sampled_from([{"fields": {"n": "o.n", "k": "o.k"}}, {"fields": {"z": "id"}}, {"const": None}]),
)
extremes = st.sampled_from(
    [
        *("max_by(l, &s).n", "min_by(l, &s).m[0].k", "max_by(l[?n > `0`], &n).s", "l[*].min_by(m, &k).n"),
        *("max_by(l, &n).s", "min_by(l[?n != `1`], &f).s", "max_by(l[*].o, &k).n", "max_by(l, &s).m[*].k"),
        *("min_by(l, &t).s", "sort_by(l, &s)[*].n", "sort_by(l, &f)[0].s", "sort_by(l[?n > `0`], &n)[-1].m[*].k"),
        *("l[*].sort_by(m, &k)[*].n", "sort_by(l, &o.k)[*].s", "max_by(sort_by(l, &n), &s).n", "sort_by(l, &t)[0].s"),
        *("reverse(sort_by(l, &s))[*].n", "max_by(reverse(sort_by(l, &s)), &f).n", "reverse(sort_by(l, &f))[0].id"),
    ]
)
members = (
    lists | switches | extremes | st.sampled_from(["l[*].s", "l[].t[]", "l[*].m[*].k", ["l[].n", "sum"], "l[0].s"])
)
FRAGMENTS = {"f": {"let": {"u": ["k", "upper"]}, "fields": {"k": "$u", "n": "n", "id": "$root.id"}}}


def mapping(**more: Any) -> dict[str, Any]:
    return {"mapping": "1", "name": "m", "fragments": FRAGMENTS, "fields": {"id": "id"}, **more}


def check(spec: dict[str, Any], rows: list[Any]) -> None:
    mapper = compiled(spec)
    assume(mapper is not None)
    assert mapper is not None
    wanted = facts(mapper.with_back_end("row").apply(rows))
    assert facts(mapper.with_back_end("columnar").apply(columnar_batch(rows))) == wanted


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from("xy"), members, min_size=1), st.lists(records, min_size=1, max_size=4))
def test_lists_of_items(fields: dict[str, Any], rows: list[Any]) -> None:
    check(mapping(fields={"id": "id", **fields}), rows)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(loops | nested | zips, st.sampled_from(["x", "i", ""]), members, st.lists(records, min_size=1, max_size=4))
def test_exploded(loop: Any, name: str, field: Any, rows: list[Any]) -> None:
    first = loop[0] if isinstance(loop, list) else loop
    if name and first.get("as") != name and first.get("index_as") != name:
        assume(False)
    value = {"x": "$x.s", "i": "$i", "": "id"}[name]
    if isinstance(loop, list):
        loop = [{**first, "as": "y"}, {"path": "$y.m", "as": "z"}]
    if "repeat" in first:
        assume("$" in first["repeat"] or isinstance(loop, dict))
    check(mapping(explode=loop, fields={"id": "id", "v": value, "f": field}), rows)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            lambda name, fields, extra: {"name": name, "fields": fields, **extra},
            st.sampled_from(["a", "a", "b"]),
            st.sampled_from(
                [
                    {"id": "id", "v": "o.k"},
                    {"id": "id", "w": "c"},
                    {"w": "c", "id": "id"},
                    {"id": "p"},
                    {"id": "id", "z.a": "c"},
                    {"z.b": "c"},
                    {"z": {"each": "l", "fields": {"n": "n"}}},
                ]
            ),
            st.fixed_dictionaries(
                {}, optional={"explode": st.sampled_from(["l", {"path": "p", "as": "w"}]), "where": st.just({"id": 1})}
            ),
        ),
        min_size=2,
        max_size=3,
    ),
    st.sampled_from([{}, {"explode": {"path": "l", "where": {"n": {"gt": 0}}}}]),
    st.lists(records, min_size=1, max_size=4),
)
def test_outputs_into_one_stream(outputs: list[Any], more: dict[str, Any], rows: list[Any]) -> None:
    spec = mapping(outputs=outputs, **more)
    del spec["fields"]
    check(spec, rows)


by = st.lists(
    st.sampled_from(["id", "o.k", "c", ["c", "string"], ["p[0]", "int"], "o", "l[0].f", "$run.started_at", "$k"]),
    min_size=1,
    max_size=2,
)
by_item = st.lists(st.sampled_from(["$x.s", "$x.n", "id", "$x.o.k", "$i"]), min_size=1, max_size=2)
many_to_one = st.one_of(
    st.sampled_from(
        [
            ["$rows", "count"],
            ["$rows[*].c", "sum"],
            ["$rows[*].o.n", "avg"],
            ["$rows[*].id", "max"],
            "$rows[].l[].s",
            ["$rows[].p[]", "distinct", {"join": ","}],
            "$rows[0].o.k",
            "$rows[-1].p",
            "id",
            "o.n",
            "$k",
            "$meta.row",
            "$run.id",
            {"use": "f", "at": "o"},
            {"source": "c", "required": True},
            ["$rows[*].x.s", {"join": "-"}],
            "$rows[*].i",
        ]
    ),
    st.builds(
        lambda each, body, extra: {"each": each, **body, **extra},
        st.sampled_from(["$rows", {"path": "$rows", "where": {"id": {"gt": 0}}}, ["$rows", "l"], ["$rows", "x.t"]]),
        st.sampled_from(
            [
                {"value": "id"},
                {"fields": {"id": "id", "c": ["c", "string"], "k": "o.k", "n": "$number"}},
                {"fields": {"s": "x.s", "i": "i", "l": {"each": "l", "value": "s"}}},
                {"value": ["p[0]", "int"]},
            ]
        ),
        st.fixed_dictionaries(
            {}, optional={"sort": st.sampled_from(["c", "id"]), "limit": st.just(2), "distinct_by": st.just("id")}
        ),
    ),
)
grouped = st.fixed_dictionaries(
    {"fields": st.dictionaries(st.sampled_from("uvwy"), many_to_one, min_size=1)},
    optional={
        "filter": st.just({"id": {"ne": 0}}),
        "where": st.just({"c": {"ne": 1}}),
        "let": st.just({"k": ["o.k", "upper"]}),
        "checks": st.sampled_from(
            [
                [{"when": {"id": 1}, "message": "no"}],
                [{"when": {"id": 1}, "message": "hm", "level": "warn"}],
            ]
        ),
    },
)
exploded = st.builds(
    lambda loop, let: {"explode": [loop, "$x.m"] if let else loop},
    st.fixed_dictionaries(
        {"path": st.just("l"), "as": st.just("x")},
        optional={"index_as": st.just("i"), "outer": st.just(True), "where": st.just({"n": {"ne": 0}})},
    ),
    st.booleans(),
)


def check_groups(spec: dict[str, Any], batches: list[list[Any]]) -> None:
    """The groups over several batches, of which some may be too uneven for columns."""
    mapper = compiled(spec)
    assume(mapper is not None)
    assert mapper is not None
    check_grouped(mapper, batches)


def check_grouped(mapper: Mapper, batches: list[list[Any]]) -> None:
    """See check_groups."""

    def run(mapper: Mapper, make: Any) -> str:
        first = 1
        applied = mapper.apply(make([], 1))
        for rows in batches:
            applied.extend(mapper.apply(make(rows, first)))
            first += len(rows)
        applied.extend(mapper.flush())
        return facts(applied)

    wanted = run(mapper.with_back_end("row"), lambda rows, first: Batch.of_rows(rows, first=first))
    assert run(mapper.with_back_end("columnar"), columnar_batch) == wanted


several = st.lists(st.lists(records, max_size=4), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(by, grouped, several, st.integers(1, 4))
def test_groups(keys: list[Any], more: dict[str, Any], batches: list[list[Any]], size: int) -> None:
    if "let" not in more:
        more = {**more, "let": {"k": "o.n"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathered, "SLICE", size)
        check_groups(mapping(group={"by": keys}, **more), batches)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(by_item, exploded, grouped, several)
def test_groups_of_exploded_records(keys: Any, loop: Any, more: dict[str, Any], batches: list[list[Any]]) -> None:
    more = {"let": {"k": "o.n"}, **more}
    first = loop["explode"] if isinstance(loop["explode"], dict) else loop["explode"][0]
    assume("$i" not in keys or "index_as" in first)
    check_groups(mapping(group={"by": keys}, **more, **loop), batches)


ROWS = [
    {"id": 1, "l": [{"s": "b", "n": 2, "m": [{"k": "x", "n": 1}]}, {"s": "a", "n": 1, "m": []}], "p": ["u"], "q": [7]},
    {"id": 2, "l": [{"s": "b", "n": 0, "m": [{"k": "y", "n": 3}]}], "p": ["v", "w"], "q": [8, 9]},
    {"id": 3, "l": [], "p": [], "q": []},
]
EACH = {"each": "l", "value": "s"}
KINDS: list[tuple[dict[str, Any], list[Any]]] = [
    ({**EACH, "sort": "n"}, [["a", "b"], ["b"], []]),
    ({**EACH, "sort": {"by": "s", "desc": True}, "limit": 1}, [["b"], ["b"], []]),
    ({**EACH, "distinct_by": "$root.id"}, [["b"], ["b"], []]),
    ({"each": {"path": "l", "limit": 1, "where": {"n": {"lt": 2}}}, "value": "s"}, [["a"], ["b"], []]),
    ({"each": {"path": "l", "outer": True, "index_as": "i"}, "fields": {"i": "$i"}},
     [[{"i": 0}, {"i": 1}], [{"i": 0}], [{}]]),
    ({"each": {"path": "l", "repeat": "n"}, "value": "s"}, [["b", "b", "a"], [], []]),
    ({"each": ["l", "m"], "value": "k"}, [["x"], ["y"], []]),
    ({"each": {"zip": {"s": "p", "n": "q"}}, "fields": {"s": "s", "n": "n"}},
     [[{"s": "u", "n": 7}], [{"s": "v", "n": 8}, {"s": "w", "n": 9}], []]),
    ({"array": ["p[0]", "l[0].s"]}, [["u", "b"], ["v", "b"], [None, None]]),
    ({"array": ["p[0]", "l[0].s"], "compact": True}, [["u", "b"], ["v", "b"], []]),
    ({"use": "f", "at": "l[0].m[0]"}, [{"k": "X", "n": 1, "id": 1}, {"k": "Y", "n": 3, "id": 2}, None]),
    ({"source": "l[*].m[*].n"}, [[[1], []], [[3]], []]),
    ({"source": "l[].m[].k"}, [["x"], ["y"], []]),
    ({"source": "max_by(l, &n).s"}, ["b", "b", None]),
    ({"source": "sort_by(l, &n)[*].s"}, [["a", "b"], ["b"], []]),
    ({"each": "reverse(sort_by(l, &s))", "value": "n"}, [[2, 1], [0], []]),
    ({"each": "sort_by(l, &s)", "fields": {"n": "n"}}, [[{"n": 1}, {"n": 2}], [{"n": 0}], []]),
    ({"source": "min_by(l[?n > `0`], &s).m[*].k"}, [[], None, None]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "wanted"), KINDS)
def test_what_stays_in_columns(field: dict[str, Any], wanted: list[Any]) -> None:
    mapper = compiled(mapping(fields={"id": "id", "x": field}))
    assert mapper is not None
    applied = mapper.with_back_end("columnar").apply(columnar_batch(ROWS))
    assert all(piece.is_columnar for piece in applied.batches[""].pieces)
    assert [record.get("x") for record in applied.records] == wanted


def test_one_stream_of_several_outputs_stays_in_columns() -> None:
    """Also where one has a field that the other lacks."""
    spec = mapping(
        outputs=[
            {"name": "s", "fields": {"id": "id", "v": "p[0]"}},
            {"name": "s", "explode": {"path": "l", "as": "x"}, "fields": {"id": "id", "n": "$x.n"}},
        ]
    )
    del spec["fields"]
    mapper = compiled(spec)
    assert mapper is not None
    applied = mapper.with_back_end("columnar").apply(columnar_batch(ROWS))
    assert applied.batches["s"].is_columnar
    first = [{"id": 1, "v": "u"}, {"id": 1, "n": 2}, {"id": 1, "n": 1}]
    assert applied.records == [*first, {"id": 2, "v": "v"}, {"id": 2, "n": 0}, {"id": 3}]


def test_objects_of_one_stream_have_the_members_of_their_own_output() -> None:
    spec = mapping(outputs=[{"name": "s", "fields": {"z.a": "c"}}, {"name": "s", "fields": {"z.b": "c"}}])
    del spec["fields"]
    mapper = compiled(spec)
    assert mapper is not None
    applied = mapper.with_back_end("columnar").apply(columnar_batch([{"c": None}, {"c": "x"}]))
    assert applied.records == [{"z": {"a": None}}, {"z": {"b": None}}, {"z": {"a": "x"}}, {"z": {"b": "x"}}]


GROUPED: dict[str, Any] = {
    "group": {"by": ["k"]},
    "fields": {
        "k": "k",
        "n": ["$rows", "count"],
        "total": ["$rows[*].q", "sum"],
        "lines": {"each": "$rows", "sort": {"by": "q", "desc": True}, "fields": {"q": "q"}},
    },
}


def test_groups_over_batches_stay_in_columns() -> None:
    mapper = compiled(mapping(**GROUPED))
    assert mapper is not None
    mapper = mapper.with_back_end("columnar")
    for first, rows in ((1, [{"k": "a", "q": 1}, {"k": "b", "q": 2}]), (3, [{"k": "c", "q": 3}, {"k": "a", "q": 4}])):
        held = mapper.apply(columnar_batch(rows, first))
        assert (held.records, held.filtered) == ([], 0)
    made = mapper.flush()
    assert made.batches[""].is_columnar
    assert made.records == [
        {"k": "a", "n": 2, "total": 5, "lines": [{"q": 4}, {"q": 1}]},
        {"k": "b", "n": 1, "total": 2, "lines": [{"q": 2}]},
        {"k": "c", "n": 1, "total": 3, "lines": [{"q": 3}]},
    ]
    assert mapper.flush().records == []


def test_a_group_of_keys_of_two_types_is_made_by_rows() -> None:
    """1 and 1.0 are one key, and no column holds both."""
    mapper = compiled(mapping(**GROUPED))
    assert mapper is not None
    mapper = mapper.with_back_end("columnar")
    for first, key in ((1, 1), (2, 1.0), (3, "1")):
        mapper.apply(columnar_batch([{"k": key, "q": 1}], first))
    assert [(record["k"], record["n"]) for record in mapper.flush().records] == [(1, 2), ("1", 1)]


def test_a_group_with_a_record_in_doubt_keeps_its_place() -> None:
    """Only the row tells that a null is one; the other groups stay in columns around it."""
    mapper = compiled(mapping(**GROUPED))
    assert mapper is not None
    mapper = mapper.with_back_end("columnar")
    mapper.apply(columnar_batch([{"k": "a", "q": 1}, {"k": "b", "q": None}, {"k": "c", "q": 1}]))
    mapper.apply(columnar_batch([{"k": "b", "q": 5}], 4))
    made = mapper.flush()
    assert [piece.is_columnar for piece in made.batches[""].pieces] == [True, False, True]
    assert [(record["k"], record["total"]) for record in made.records] == [("a", 1), ("b", 5), ("c", 1)]


def test_groups_of_a_batch_by_rows_come_first_where_outputs_are_of_unlike_types() -> None:
    outputs = [{"name": "s", "fields": {"x": "a"}}, {"name": "s", "fields": {"x": "k"}}]
    mapper = Engine().mapping({"mapping": "1", "outputs": outputs, "group": {"by": ["k"]}})
    check_grouped(mapper, [[{"a": {}}], [{"a": 0, "k": ""}]])


def test_places_of_rows_of_a_group_are_columns() -> None:
    fields = {"first": "$rows[0].n", "last": "$rows[-1].n", "third": {"source": "$rows[2].n", "default": 0}}
    rows = [{"k": number % 3, "n": number} for number in range(40)]
    mapper = Engine().mapping({"mapping": "1", "group": {"by": ["k"]}, "fields": fields}).with_back_end("columnar")
    mapper.apply(columnar_batch([*rows, {"k": 3, "n": 40}]))
    (batch,) = mapper.flush().batches.values()
    assert all(piece.is_columnar for piece in batch.pieces)
    assert batch.rows == [
        {"first": 0, "last": 39, "third": 6},
        {"first": 1, "last": 37, "third": 7},
        {"first": 2, "last": 38, "third": 8},
        {"first": 40, "last": 40, "third": 0},
    ]


def test_batches_with_many_unsure_records_are_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    from crosswalk import Columns
    from crosswalk.compiler.columnar.program import ColumnarProgram

    table = pa.RecordBatch.from_pydict({"n": list(range(100))})
    unsure = pa.array([number % 3 == 0 for number in range(100)])
    mapper = Engine().mapping({"mapping": "1", "fields": {"n": ["n", "string"]}}).with_back_end("columnar")

    def never(*_: Any) -> Any:
        raise AssertionError("computed in vain")

    monkeypatch.setattr(ColumnarProgram, "compute", never)
    applied = mapper.apply(Batch.of_arrow(Columns(table, "missing", unsure)))
    assert applied.records == [{"n": str(number)} for number in range(100)]


def test_groups_of_members_by_what_globs_captured_are_columns() -> None:
    """Columns by pattern, as a spreadsheet has them, gathered by a part of their names."""
    spec = {
        "mapping": "1",
        "source": {"paths": "column"},
        "explode": {"match": ["Qty *", "Stock *"], "as": "qty", "key_as": "column"},
        "group": {"by": ["$1", "Shop"]},
        "fields": {
            "site": "$1",
            "shop": "Shop",
            "first": "$column",
            "total": ["$rows[*].qty", "sum"],
            "from": ["$rows[*].column", {"join": "+"}],
        },
    }
    mapper = Engine().mapping(spec)
    kinds = {"Qty MEL": [1, None, 3], "Qty SYD": [4, 5, 6], "Stock MEL": [7, 8, None], "Shop": ["a", "b", "a"]}
    rows = [dict(zip(kinds, row, strict=True)) for row in zip(*kinds.values(), strict=True)]
    found = []
    for back_end in ("columnar", "row"):
        bound = mapper.with_back_end(back_end)
        for first, part in ((1, rows[:2]), (3, rows[2:])):
            table = pa.RecordBatch.from_pylist(part)
            bound.apply(
                Batch.of_arrow(table, first=first) if back_end == "columnar" else Batch.of_rows(part, first=first)
            )
        found.append(bound.flush())
    by_columns, by_rows = found
    assert by_columns.batches[""].is_columnar
    assert facts(by_columns) == facts(by_rows)
    assert by_columns.records == [
        {"site": "MEL", "shop": "a", "first": "Qty MEL", "total": 11, "from": "Qty MEL+Stock MEL+Qty MEL+Stock MEL"},
        {"site": "SYD", "shop": "a", "first": "Qty SYD", "total": 10, "from": "Qty SYD+Qty SYD"},
        {"site": "MEL", "shop": "b", "first": "Qty MEL", "total": 8, "from": "Qty MEL+Stock MEL"},
        {"site": "SYD", "shop": "b", "first": "Qty SYD", "total": 5, "from": "Qty SYD"},
    ]
