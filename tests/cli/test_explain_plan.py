"""`crosswalk explain --plan`: classes, reasons, columns read, what is shared, and mappings that run row by row."""

from __future__ import annotations

from typing import Any

import pytest

from crosswalk import Batch, Engine
from crosswalk.compiler.columnar import steps

PRODUCTS: dict[str, Any] = {
    "mapping": "1",
    "name": "products",
    "fields": {
        "sku": ["SKU", "trim", "upper"],
        "label": ["SKU", "trim", "upper", "snake_case"],
        "slug": ["SKU", "trim", "lower"],
        "price": ["Price", {"decimal": 2}],
        "name": ["Name", "kebab_case"],
        "words": "length(Name)",
        "kind": {"switch": [{"when": {"Kind": "x"}, "then": "A"}, {"else": {"const": "-"}}]},
    },
}


@pytest.fixture
def products(put: Any) -> Any:
    return put("products.mapping.json", PRODUCTS)


def test_the_class_of_each_field_and_why_it_is_slow(run: Any, products: Any) -> None:
    done = run("explain", products, "--plan", "--json")
    assert done.status == 0
    plan = done.json
    assert (plan["mapping"], plan["runs"]) == ("products", "columns")
    classes = {field["target"]: field["runs"] for field in plan["fields"]}
    assert classes == {
        "sku": "guarded kernel",
        "label": "per distinct value",
        "slug": "guarded kernel",
        "price": "guarded kernel",
        "name": "per distinct value",
        "words": "per record",
        "kind": "exact kernel",
    }
    slow = {part["pointer"]: part for field in plan["fields"] for part in field["slow"]}
    assert set(slow) == {"/fields/label/3", "/fields/name/1", "/fields/words"}
    assert all(part["reason"] and part["advice"] for part in slow.values())
    assert '"length(Name)" is an expression' in slow["/fields/words"]["reason"]


def test_what_is_shared_is_named_with_its_fields(run: Any, products: Any) -> None:
    shared = run("explain", products, "--plan", "--json").json["shared"]
    assert shared == [
        {"expression": "trim(SKU)", "targets": ["sku", "label", "slug"]},
        {"expression": "upper(trim(SKU))", "targets": ["sku", "label"]},
    ]


def test_shared_steps_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"map": {"A": "x", "B": "y"}}
    mapper = Engine().mapping(
        {"mapping": "1", "name": "m", "fields": {name: ["s", "trim", table] for name in ("a", "b", "c")}}
    )
    calls: list[str] = []
    made = steps.table_step

    def counting(*args: Any, **options: Any) -> Any:
        inner, is_mixed = made(*args, **options)

        def apply(frame: Any, column: Any) -> Any:
            calls.append("map")
            return inner(frame, column)

        return apply, is_mixed

    monkeypatch.setattr(steps, "table_step", counting)
    import pyarrow as pa

    applied = mapper.with_back_end("columnar").apply(
        Batch.of_arrow(pa.RecordBatch.from_pylist([{"s": " A"}, {"s": "B"}]))
    )
    assert applied.records == [{"a": "x", "b": "x", "c": "x"}, {"a": "y", "b": "y", "c": "y"}]
    assert calls == ["map"]


def test_as_text(run: Any, products: Any) -> None:
    done = run("explain", products, "--plan")
    assert done.out.startswith("products: runs by columns\nreads: SKU, Price, Name, Kind, A\n\nfield  class ")
    assert "computed once:\n  trim(SKU)  for sku, label, slug\n" in done.out
    assert (
        '\nslow:\n  /fields/label/3: "snake_case" has no kernel: it is called once per distinct value\n    fix: '
        in done.out
    )
    one = run("explain", products, "--plan", "--field", "price")
    assert "price" in one.out
    assert "slug " not in one.out


@pytest.mark.parametrize(
    ("part", "pointer", "reason"),
    [
        ({"group": {"by": ["SKU"]}, "fields": {"x": {"const": [1, "a"]}}}, "/fields/x", "a constant of mixed types"),
        (
            {"group": {"by": ["SKU"], "scope": "batch"}},
            "/group/scope",
            "a group within each batch follows the batches of rows, which are smaller than those of columns",
        ),
        (
            {"target": {"schema": {"unevaluatedProperties": False}}},
            "/target/schema",
            '"unevaluatedProperties" of target.schema is checked record by record',
        ),
    ],
)
def test_why_a_whole_mapping_runs_row_by_row(run: Any, put: Any, part: Any, pointer: str, reason: str) -> None:
    path = put("m.mapping.json", {**PRODUCTS, **part})
    done = run("explain", path, "--plan")
    assert done.out.startswith(f"products: runs row by row, because of\n  {pointer}: {reason}\n")
    assert run("explain", path, "--plan", "--json").json["runs"] == "rows"


def test_every_field_that_keeps_a_mapping_from_columns_is_told(run: Any, put: Any) -> None:
    fields = {"a": "length(x)", "b": {"const": ["b", 2]}, "c": "c"}
    path = put("m.mapping.json", {"mapping": "1", "name": "m", "fields": fields})
    slow = run("explain", path, "--plan", "--json").json["slow"]
    assert {part["pointer"]: part["reason"] for part in slow} == {
        "/fields/b": "a constant of mixed types",
        "/fields/a": '"length(x)" is an expression, not a plain path',
    }
    path = put("m.mapping.json", {"mapping": "1", "name": "m", "explode": "l", "fields": {"a": "length(x)"}})
    assert run("explain", path, "--plan", "--json").json["runs"] == "columns"


def test_fields_of_objects_are_named_where_they_stand(run: Any, put: Any) -> None:
    by = {"each": "l", "key": [["w"], ["s"]], "fields": {"q": ["q", "trim"]}, "duplicates": "collect"}
    one = {"each": "l", "key": "w", "value": ["q", "int"]}
    mapping = {"mapping": "1", "fields": {"by": {"object": by}, "one": {"object": one}, "to": {"fields": {"c": "c"}}}}
    path = put("m.mapping.json", mapping)
    targets = [field["target"] for field in run("explain", path, "--plan", "--json").json["fields"]]
    assert targets == ["by", "by.*.*[].q", "by key", "one", "one.*", "one key", "to", "to.c"]
    for name, below in {"by": ["by", "by.*.*[].q"], "to": ["to", "to.c"]}.items():
        plan = run("explain", path, "--plan", "--field", name, "--json").json
        assert [field["target"] for field in plan["fields"]] == below


def test_slips(run: Any, products: Any) -> None:
    wrong = run("explain", products, "--plan", "--field", "pric")
    assert (wrong.status, "U112" in wrong.err, 'did you mean "price"?' in wrong.err) == (2, True, True)
    extra = run("explain", products, "in.csv", "--plan")
    assert (extra.status, "leave the input out" in extra.err) == (2, True)


def test_paths_of_xml(run: Any, put: Any) -> None:
    mapping = {
        "mapping": "1",
        "name": "orders",
        "source": {"format": "xml", "record": "/orders/order"},
        "fields": {
            "no": "@no",
            "day": "../@day",
            "city": {"use": "place", "at": "shipTo"},
            "lines": {"each": "lines/line", "fields": {"sku": ["sku", "trim"], "notes": [".//note", {"join": " "}]}},
            "size": ["lines/line", "count"],
            "sum": "count(lines/line)",
            "sender": "../sender",
        },
        "fragments": {"place": {"fields": {"name": "city"}}},
    }
    plan = run("explain", put("orders.mapping.json", mapping), "--plan", "--json").json
    assert plan["runs"] == "columns"
    assert set(plan["reads"]) == {
        "@no", "../@day", "shipTo?/city", "lines/line/sku", "lines/line/.//note[]", "lines/line[]",
    }  # fmt: skip
    slow = {field["target"] for field in plan["fields"] if field["runs"] == "per record"}
    assert slow == {"sum", "sender"}


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"fields": {"n": ["$rows", "count"], "l": {"each": "$rows", "value": "sku"}}}, None),
        ({"explode": {"path": "line", "as": "l"}}, "/explode"),
        ({"fields": {"l": "$rows/sku"}}, "/fields/l"),
    ],
)
def test_groups_of_xml(run: Any, put: Any, part: Any, pointer: str | None) -> None:
    mapping = {
        "mapping": "1", "source": {"format": "xml", "record": "/r/l"}, "group": {"by": ["@o"]}, "fields": {"o": "@o"},
        **part,
    }  # fmt: skip
    plan = run("explain", put("m.mapping.json", mapping), "--plan", "--json").json
    assert [slow["pointer"] for slow in plan["slow"]] == ([pointer] if pointer else [])
    assert plan["runs"] == ("rows" if pointer else "columns")


def test_a_decimal_without_a_scale_is_told(run: Any, put: Any) -> None:
    fields = {
        "any": ["a", "decimal"], "two": ["a", {"decimal": 2}], "named": ["a", {"decimal": {"scale": 2}}],
        "none": ["a", {"decimal": {"scale": None}}], "third": ["b", "int", {"divide": 3}], "mean": ["c", "avg"],
        "half": ["b", "int", {"divide": {"by": 2, "scale": 1}}],
    }  # fmt: skip
    done = run("explain", put("m.mapping.json", {"mapping": "1", "name": "m", "fields": fields}), "--plan", "--json")
    slow = {field["target"]: field["slow"] for field in done.json["fields"] if field["slow"]}
    assert set(slow) == {"any", "none", "third", "mean"}
    assert '"scale": 2' in slow["third"][0]["advice"]
    assert "digits behind the point" in slow["mean"][0]["reason"]
    assert '{ "decimal": { "scale": 2 } }' in slow["any"][0]["advice"]
    assert {field["runs"] for field in done.json["fields"] if field["target"] != "mean"} == {"guarded kernel"}


@pytest.mark.parametrize(
    ("part", "kind", "runs"),
    [
        ({"fields": {"a": "a", "n": "length(@)"}}, "ndjson", "columns"),
        ({"fields": {"a": "a", "n": "keys(@)"}}, "ndjson", "rows"),
        ({"fields": {"a": "a", "n": "keys(@)"}}, "json", "rows"),
        ({"fields": {"a": "a", "n": "keys(@)"}}, "parquet", "columns"),
        ({"fields": {"a": "a", "n": "length(b)"}}, "ndjson", "columns"),
        ({"fields": {"a": "a", "n": ["b", "count"]}}, "ndjson", "columns"),
        ({"passthrough": True}, "ndjson", "rows"),
        ({"passthrough": True}, "csv", "columns"),
        ({"fields": {"a": "a"}, "spread": "b"}, "json", "rows"),
        ({"fields": {"a": "a"}, "spread": "b"}, "parquet", "columns"),
        ({"spread": {"object": {"each": "b", "key": "k", "value": "v"}}}, "ndjson", "columns"),
    ],
)
def test_json_has_columns_for_known_names_only(run: Any, put: Any, part: Any, kind: str, runs: str) -> None:
    own = run(
        "explain", put("m.mapping.json", {"mapping": "1", "source": {"format": kind}, **part}), "--plan", "--json"
    )
    said = run("explain", put("m.mapping.json", {"mapping": "1", **part}), "--plan", "--from", kind, "--json")
    assert own.json["runs"] == said.json["runs"] == runs
    if runs == "rows":
        assert f"{kind} has columns only for names that are known" in own.json["slow"][0]["reason"]
    if "n" in part.get("fields", {}) and runs == "rows":
        assert own.json["slow"][1]["pointer"] == "/fields/n"


def test_what_the_plan_says_of_json_is_true(run: Any, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from crosswalk.compiler.columnar.running import Running

    mapped: list[int] = []
    real = Running.map

    def counting(self: Running, batch: Any, columns: Any) -> Any:
        mapped.append(len(batch))
        return real(self, batch, columns)

    monkeypatch.setattr(Running, "map", counting)
    data = put("m.ndjson", "".join(f'{{"a":{number},"b":[1,2]}}\n' for number in range(500)))
    for number, (expected, fields) in enumerate(
        {0: {"a": "a", "n": "keys(@)"}, 500: {"a": "a", "n": ["b", "count"]}}.items()
    ):
        path = put(f"m{number}.mapping.json", {"mapping": "1", "source": {"format": "ndjson"}, "fields": fields})
        mapped.clear()
        assert run("map", path, data, "--engine", "columnar").status == (0 if expected else 2)
        assert sum(mapped) == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({}, "without a record path, a document is one record"),
        ({"record": "/orders/*"}, 'a record path that ends in "*" names no element'),
        ({"record": "/orders/order"}, ""),
        ({"format": {"type": "xml", "record": "//order"}}, ""),
    ],
)
def test_documents_of_xml_that_cannot_be_cut(run: Any, put: Any, source: Any, reason: str) -> None:
    mapping = {"mapping": "1", "name": "m", "source": {"format": "xml", **source}, "fields": {"n": ["n", "int"]}}
    plan = run("explain", put("m.mapping.json", mapping), "--plan", "--json").json
    assert plan["runs"] == ("rows" if reason else "columns")
    assert [slow["pointer"] for slow in plan["slow"]] == (["/source"] if reason else [])
    assert not reason or plan["slow"][0]["reason"].startswith(reason)


ALL_OF_IT: list[tuple[dict[str, Any], str, str]] = [
    ({"fields": {"a": "a"}, "passthrough": True}, "json", "/passthrough"),
    ({"fields": {"b": "a"}, "spread": "@"}, "ndjson", "/spread"),
    ({"fields": {"a": "a", "o": {"object": {"each": {"path": "b", "entries": True, "as": "x"}, "key": "$key",
      "value": "$x"}}}}, "json", "/fields/o/object/each"),
    ({"fields": {"a": "a", "t": "@"}}, "ndjson", "/fields/t"),
    ({"explode": {"path": "b", "entries": True, "as": "x"}, "fields": {"a": "$x"}}, "ndjson", "/explode"),
    ({"let": {"k": "keys(@)"}, "fields": {"a": "a", "k": "$k"}}, "json", "/let/k"),
    ({"filter": {"expr": "contains(keys(@), 'a')"}, "fields": {"a": "a"}}, "json", "/filter/expr"),
    ({"explode": {"path": "sort_by(l || `[]`, &q)", "as": "x"}, "fields": {"a": "$x.a"}}, "ndjson", "/explode/path"),
    ({"fields": {"a": "a", "m": "max_by(l || `[]`, &q)"}}, "json", "/fields/m"),
    ({"fields": {"a": "a", "m": "b.*.*[].q"}}, "ndjson", "/fields/m"),
    ({"explode": {"path": "l", "as": "x"}, "fields": {"a": "a", "m": "$x.b.*"}}, "ndjson", "/fields/m"),
    ({"fields": {"a": "a", "m": ["l[?keys(@)[0] == 'q']", "count"]}}, "ndjson", "/fields/m/0"),
    ({"source": {"record": "r[*][*]"}, "fields": {"a": "a"}}, "json", "/source"),
    ({"source": {"record": "r[*]"}, "fields": {"a": "a"}}, "ndjson", "/source"),
    ({"source": {"format": {"type": "csv", "delimiter": "\u00a6"}}, "fields": {"a": "a"}}, "csv", "/source"),
    ({"fields": {"a": {"const": 1}}}, "ndjson", "/"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "kind", "pointer"), ALL_OF_IT)
def test_columns_that_are_insisted_on_are_had_or_it_is_said_why(
    run: Any, put: Any, part: Any, kind: str, pointer: str
) -> None:
    path = put("m.mapping.json", {"mapping": "1", "name": "m", **part})
    data = put(f"m.{kind}", {"json": '[{"a": 1}]', "ndjson": '{"a": 1}\n', "csv": "a\u00a6b\n1\u00a62\n"}[kind])
    done = run("map", path, data, "--engine", "columnar")
    plan = run("explain", path, "--plan", "--from", kind, "--json").json
    assert (done.status, "U122" in done.err, plan["runs"]) == (2, True, "rows")
    assert pointer in [slow["pointer"] or "/" for slow in plan["slow"]]
    if pointer != "/":
        assert f"at {pointer}: " in done.err
    assert run("map", path, data).status == 0


@pytest.mark.parametrize(
    ("text", "kind", "runs"),
    [
        ("reverse(l[?q])", "ndjson", "rows"),
        ("reverse(l[?q])", "parquet", "columns"),
        ("reverse(sort_by(l, &q))", "ndjson", "columns"),
        ("sort_by(l, &q)", "ndjson", "columns"),
        ("sort_by(l, &q)[*].s", "ndjson", "columns"),
        ("sort(l)", "ndjson", "columns"),
        ("l[].{s: s, q: q}", "ndjson", "columns"),
    ],
)
def test_json_has_no_columns_for_whole_objects(run: Any, put: Any, text: str, kind: str, runs: str) -> None:
    explode = {"path": text, "as": "x"}
    mapping = {"mapping": "1", "source": {"format": kind}, "explode": explode, "fields": {"x": "$x.s"}}
    assert run("explain", put("m.mapping.json", mapping), "--plan", "--json").json["runs"] == runs


@pytest.mark.parametrize(
    ("field", "runs"),
    [
        ("sort_by(l, &q)", "rows"),
        ("l[?q > `1`]", "rows"),
        ("l[?q].o[*] | [0]", "columns"),
        ("sort_by(l, &q)[0]", "rows"),
        ("sort_by(l, &q)[0].s", "columns"),
        (["l[?q > `1`]", "count"], "columns"),
        ({"each": "l[?q > `1`]", "value": "s"}, "columns"),
        ("l[?@ > `1`]", "columns"),
    ],
)
def test_lists_of_whole_objects(run: Any, put: Any, field: Any, runs: str) -> None:
    mapping = {"mapping": "1", "source": {"format": "ndjson"}, "fields": {"a": "a", "b": "b", "x": field}}
    assert run("explain", put("m.mapping.json", mapping), "--plan", "--json").json["runs"] == runs


@pytest.mark.parametrize("back_end", ["auto", "columnar"])
def test_no_columns_are_asked_for_where_they_do_not_hold_objects(back_end: Any) -> None:
    fields = {"a": "a", "m": "max_by(l, &q)"}
    for kind, columnar in {"ndjson": False, "parquet": True, None: True}.items():
        mapper = Engine().mapping({"mapping": "1", "fields": fields}, source_format=kind)
        assert mapper.with_back_end(back_end).read_options.columnar is columnar


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_columns_that_are_insisted_on_and_had(run: Any, put: Any, kind: str) -> None:
    path = put("m.mapping.json", {"mapping": "1", "name": "m", "fields": {"a": "a"}})
    data = put(f"m.{kind}", {"json": '[{"a": 1}]', "ndjson": '{"a": 1}\n'}[kind])
    done = run("map", path, data, "--engine", "columnar", "--to", "ndjson")
    assert (done.status, done.out) == (0, '{"a":1}\n')


@pytest.mark.parametrize("engine", ["columnar", "auto"])
@pytest.mark.parametrize("part", [{}, {"group": {"by": ["a"]}}])
def test_columns_that_are_insisted_on_and_that_the_data_refuse(run: Any, put: Any, engine: str, part: Any) -> None:
    data = put("m.ndjson", "".join(f'{{"a":{n},"o":{{"b":1,"c":{n}}}}}\n' for n in range(1_200)))
    whole = put("whole.json", {"mapping": "1", "name": "m", "fields": {"a": "a", "o": "o"}, **part})
    named = put(
        "named.json", {"mapping": "1", "name": "m", "fields": {"a": "a", "o": {"fields": {"c": "o.c"}}}, **part}
    )
    found = {path: run("map", path, data, "--engine", engine, "-o", "out.ndjson", "--json") for path in (whole, named)}
    assert all((done.status, done.json["written"]) == (0, 1_200) for done in found.values())
    told = [(part["code"], part["level"], part["message"]) for part in found[whole].json["diagnostics"]]
    message = "1,200 of 1,200 records were mapped row by row: columns do not hold them as they are"
    assert told == ([("U122", "warning", message)] if engine == "columnar" else [])
    assert found[named].json["diagnostics"] == []
    assert all("explain MAPPING --plan" in part["fix"] for part in found[whole].json["diagnostics"])


def test_a_step_without_a_kernel_is_told_with_steps_that_have_one(run: Any, put: Any) -> None:
    fields = {"a": ["a", "slug"], "b": ["b", "parse_number"], "c": ["c", "md5"]}
    path = put("m.mapping.json", {"mapping": "1", "name": "m", "fields": fields})
    plan = run("explain", path, "--plan", "--json").json
    advice = [slow["advice"] for field in plan["fields"] for slow in field["slow"]]
    assert ['"lower"' in advice[0], '"int"' in advice[1], "`vector`" in advice[2]] == [True, True, True]


def test_a_step_whose_kernel_does_not_take_its_arguments_is_told(run: Any, put: Any) -> None:
    """All of these were said to run by kernels."""
    fields = {
        "day": ["a", {"date": "%d/%m/%Y"}],
        "days": ["a", "trim", {"date": {"format": ["%d/%m/%Y", "%Y-%m-%d"]}}],
        "shown": ["a", {"datetime": {"zone": "UTC"}}, {"format_date": "%d %B %Y"}],
        "tens": ["a", "int", {"round": -1}],
        "iso": ["a", "datetime", {"format_date": "%Y-%m-%d"}],
        "cents": ["a", "int", {"round": 0}],
    }
    mapping = put("m.json", {"mapping": "1", "source": {"format": "csv"}, "fields": fields})
    told = run("explain", mapping, "--plan", "--json").json["fields"]
    runs = {field["target"]: field["runs"] for field in told}
    slow = {part["pointer"]: part["reason"] for field in told for part in field["slow"]}
    assert runs == dict.fromkeys(["day", "days", "shown", "tens"], "per distinct value") | dict.fromkeys(
        ["iso", "cents"], "guarded kernel"
    )
    assert set(slow) == {"/fields/day/1", "/fields/days/2", "/fields/shown/2", "/fields/tens/2"}
    assert slow["/fields/day/1"] == '"date" has no kernel for these arguments: it is called once per distinct value'
