"""Mappings of XML over columns against the same over rows: outputs, rejects with their elements, lines and counts."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "plugins")]
from test_random_mappings import ENGINE, RUN
from xml_documents import NODES, NS, VALUES, documents

from crosswalk import Applied, ConnectorError, Mapper, SpecError, UsageError
from crosswalk.compiler.columnar import program


@pytest.fixture(autouse=True)
def _take_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST_BY_ROW", 1)


paths = st.sampled_from([*VALUES, "count(a)", "../h", "$root/@x", "$meta.row", "$meta.line", "$v"])
steps = st.sampled_from(
    ["trim", "upper", "int", "count", "first", "last", "only", "is_present", "sum", "distinct", "sort", "string",
     {"join": "|"}, {"each": ["trim", "int"]}, {"each": "upper"}, {"default": "d"}, {"map": {"x": 1}, "else": 2},
     {"filter": {"@": {"ne": "x"}}}, {"add": 1}]
)  # fmt: skip
conditions = st.builds(
    lambda path, test: {path: test},
    paths,
    st.sampled_from(["x", {"present": True}, {"missing": True}, {"as": "integer", "gt": 0}, {"in": ["x", "1"]}]),
)
leaves = st.one_of(
    paths,
    st.builds(lambda path, more: [path, *more], paths, st.lists(steps, min_size=1, max_size=2)),
    st.lists(paths, min_size=2, max_size=2).map(lambda several: {"source": several, "default": "none"}),
    st.builds(lambda a, b: {"template": f"{{{a}}}-{{{b}}}"}, st.sampled_from(["a", "@x", "$v"]), st.just("a/b")),
    st.builds(lambda cond, path: {"source": path, "when": cond}, conditions, paths),
    paths.map(lambda path: {"source": path, "required": True}),
    st.builds(lambda path, step: {"source": path, "resolve": [step], "on_error": "null"}, paths, steps),
)
loops = st.one_of(
    st.sampled_from(NODES),
    st.builds(lambda path, cond: {"path": path, "where": cond}, st.sampled_from(NODES), conditions),
    st.sampled_from(NODES).map(lambda path: {"path": path, "as": "item", "index_as": "n"}),
    st.builds(
        lambda a, b, uneven: {"zip": {"k": a, "x": b}, "uneven": uneven},
        st.sampled_from(["a", "b/c", "@x"]),
        st.sampled_from(["b", ".//c", "."]),
        st.sampled_from(["pad", "cut", "error"]),
    ),
    st.builds(lambda a, b: [a, {"path": b, "outer": True}], st.sampled_from(NODES), st.sampled_from(NODES)),
)
fields: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda loop, value: {"each": loop, "value": value}, loops, inner),
        st.builds(
            lambda loop, members, extra: {"each": loop, "fields": members, **extra},
            loops,
            st.dictionaries(st.sampled_from(["p", "q", "r.s"]), inner | st.just("$parent/@x"), min_size=1, max_size=2),
            st.sampled_from(
                [{}, {}, {"sort": "@x"}, {"limit": 1}, {"distinct_by": "@x"}, {"where": {"a": {"present": True}}}]
            ),
        ),
        st.sampled_from(NODES).map(lambda path: {"use": "f", "at": path}),
        st.builds(
            lambda cond, then, other: {"switch": [{"when": cond, "then": then}, {"else": other}]},
            conditions,
            inner,
            inner,
        ),
    ),
    max_leaves=4,
)
mappings = st.fixed_dictionaries(
    {
        "mapping": st.just("1"),
        "source": st.builds(
            lambda record, empty: {"format": "xml", "record": record, "namespaces": NS, "empty": empty},
            st.sampled_from(["/r/i", "/r/i", "//i"]),
            st.sampled_from(["missing", "null", "keep"]),
        ),
        "fragments": st.just({"f": {"fields": {"k": "@x", "l": ["a", "upper"], "m": "$root/@x"}}}),
        "let": st.fixed_dictionaries({"v": st.sampled_from(["a", ["@x", {"default": "w"}], ["b", "count"]])}),
        "fields": st.dictionaries(st.sampled_from(["x", "y", "z.a", "z.b"]), fields, min_size=1, max_size=3),
    },
    optional={
        "filter": conditions,
        "where": conditions,
        "explode": st.sampled_from(NODES).map(lambda path: {"path": path, "as": "item"}),
        "checks": conditions.map(lambda cond: [{"when": cond, "message": "m"}]),
    },
)
gathered = st.one_of(
    st.sampled_from([["$rows", "count"], "$rows[0]", "@x"]),
    st.builds(lambda value: {"each": "$rows", "value": value}, fields),
    st.builds(
        lambda members, extra: {"each": "$rows", "fields": members, **extra},
        st.dictionaries(st.sampled_from(["p", "q"]), fields, min_size=1, max_size=2),
        st.sampled_from([{}, {"sort": "@x"}, {"limit": 1}, {"where": {"a": {"present": True}}}, {"distinct_by": "@x"}]),
    ),
)


def told(applied: Applied) -> tuple[list[Any], list[Any], int, Any]:
    """What came out of one batch: outputs, rejects, how many were left out, and warnings."""
    outputs = [(name, record) for name, records in applied.outputs.items() for record in records]
    rejects = [
        (reject.number, reject.line, reject.stage, etree.tostring(reject.record), reject.errors)
        for reject in applied.rejects
    ]
    return outputs, rejects, applied.filtered, applied.warnings


def facts(mapper: Mapper, data: bytes, size: int) -> str:
    """Everything that came out, and the error at the end."""
    found: list[Any] = []
    options = replace(mapper.read_options, **({"bytes": 4 * size} if mapper.read_options.columnar else {}))
    try:
        for batch in mapper.reader().decode(io.BytesIO(data), options):
            found.append(told(mapper.apply(batch)))
        found.append(told(mapper.flush()))
    except ConnectorError as error:
        found.append(([error.code, error.message], [], 0, []))
    parts = [[part for one in found for part in one[place]] for place in (0, 1, 3)]
    return repr((parts, sum(one[2] for one in found)))


def check(spec: dict[str, Any], data: bytes, size: int) -> None:
    """Both back ends do the same; the example is passed over where it is refused, or has no columnar form."""
    try:
        mapper = ENGINE.mapping(spec).bind(run=RUN)
    except SpecError:
        assume(False)
    try:
        columnar = mapper.with_back_end("columnar")
    except UsageError:
        assume(False)
    assert facts(columnar, data, size) == facts(mapper.with_back_end("row"), data, size)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mappings, documents(), st.sampled_from([300, 100_000]))
def test_columns_do_what_rows_do(mapping: dict[str, Any], data: bytes, size: int) -> None:
    check(mapping, data, size)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    mappings,
    st.lists(leaves, min_size=1, max_size=2),
    st.dictionaries(st.sampled_from(["m", "n"]), gathered, min_size=1),
    documents(),
    st.sampled_from([100, 300, 100_000]),
)
def test_groups(mapping: dict[str, Any], by: list[Any], more: dict[str, Any], data: bytes, size: int) -> None:
    spec = {**mapping, "group": {"by": by}, "fields": {**mapping["fields"], **more}}
    spec.pop("explode", None)
    check(spec, data, size)


def test_groups_of_nodes_are_columns() -> None:
    """Over several blocks, in the order of their first records, each with the rows that belong to it."""
    spec = {
        "mapping": "1",
        "source": {"format": "xml", "record": "/r/l"},
        "let": {"shop": ["@o", "upper"]},
        "group": {"by": ["@o"]},
        "fields": {
            "shop": "$shop",
            "day": "day",
            "rows": ["$rows", "count"],
            "lines": {"each": "$rows", "sort": {"by": ["n", "int"], "desc": True}, "fields": {"n": "n", "s": "s/@x"}},
        },
    }
    records = "".join(f"<l o='{'ab'[n % 2]}'><day>{n}</day><n>{n}</n><s x='{n}'/></l>" for n in range(40))
    mapper = ENGINE.mapping(spec).bind(run=RUN)
    columnar = mapper.with_back_end("columnar")
    for batch in columnar.reader().decode(
        io.BytesIO(f"<r>{records}</r>".encode()), replace(columnar.read_options, bytes=600)
    ):
        columnar.apply(batch)
    made = columnar.flush()
    assert made.batches[""].is_columnar
    assert [(row["shop"], row["day"], row["rows"]) for row in made.records] == [("A", "0", 20), ("B", "1", 20)]
    assert made.records[1]["lines"][:2] == [{"n": "39", "s": "39"}, {"n": "37", "s": "37"}]
    assert facts(columnar, f"<r>{records}</r>".encode(), 150) == facts(
        mapper.with_back_end("row"), f"<r>{records}</r>".encode(), 150
    )


def test_paths_beyond_columns_stay_beside_them_under_explode() -> None:
    """What a path finds that only searches in nodes is found once for each record, for all of its items."""
    spec = {
        "mapping": "1",
        "source": {"format": "xml", "record": "/r/o"},
        "explode": {"path": "l", "as": "line"},
        "fields": {"n": "@n", "lines": "count(l)", "day": "../day", "sku": "$line/s", "q": ["$line/@q", "int"]},
    }
    records = "".join(
        f"<o n='{n}'>" + "<l q='1'><s>a</s></l><l q='2'><s>b</s></l>" * (n % 2) + "</o>" for n in range(9)
    )
    data = f"<r><day>7</day>{records}</r>".encode()
    mapper = ENGINE.mapping(spec).bind(run=RUN)
    columnar = mapper.with_back_end("columnar")
    found = [columnar.apply(batch) for batch in columnar.reader().decode(io.BytesIO(data), columnar.read_options)]
    assert all(one.batches[""].is_columnar for one in found)
    made = [row for one in found for row in one.records]
    assert made[:2] == [
        {"n": "1", "lines": 2.0, "day": "7", "sku": "a", "q": 1},
        {"n": "1", "lines": 2.0, "day": "7", "sku": "b", "q": 2},
    ]
    assert facts(columnar, data, 100_000) == facts(mapper.with_back_end("row"), data, 100_000)
