"""Lineage: what each target field depends on, for every way of the language to read something, and how it is drawn."""

from __future__ import annotations

import datetime as dt
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from crosswalk import Engine, Lineage
from crosswalk.compiler.lineage_rows import rows
from crosswalk.spec.schemas import load_schema

ENGINE = Engine()
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "mappings").glob("*/*.mapping.json"))


def lineage(**parts: Any) -> Lineage:
    return ENGINE.mapping({"mapping": "1", "name": "m", **parts}).lineage()


def depends(field: Any, name: str = "f", **parts: Any) -> set[str]:
    """What one field depends on: `direct` names with their subtype's first letters, deciding ones with two dots."""
    found = lineage(fields={"f": field}, **parts)
    entry = next(f for f in found.streams[0].fields if f.field == name)
    return {f"{'' if d.direct else '..'}{d.name} {d.subtype}" for d in entry.depends}


TABLES = {"stores": {"inline": [{"code": "1", "ref": "a", "tz": "b"}], "key": "code"}}


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("a.b", {"a.b IDENTITY"}),
        (["a", "trim", "upper"], {"a TRANSFORMATION"}),
        ({"source": ["a", "b"]}, {"a IDENTITY", "b IDENTITY"}),
        ({"const": 1}, set()),
        ({"template": "{a}-{$context.shop}"}, {"a TRANSFORMATION", "shop TRANSFORMATION"}),
        ("$meta.row", {"meta.row IDENTITY"}),
        ("$run.id", {"run.id IDENTITY"}),
        ({"when": {"a": 1}, "source": "b", "else": {"source": "c"}}, {"b IDENTITY", "..a CONDITIONAL", "c IDENTITY"}),
        (
            {"switch": [{"when": {"a": {"gt": {"source": "b"}}}, "then": "c"}, {"else": "d"}]},
            {"..a CONDITIONAL", "..b CONDITIONAL", "c IDENTITY", "d IDENTITY"},
        ),
        (
            {"lookup": {"table": "stores", "key": ["a", "trim"], "return": "tz"}},
            {"stores.tz IDENTITY", "..a JOIN"},
        ),
        (["a", {"lookup": {"table": "stores"}}], {"stores.* IDENTITY", "..a JOIN"}),
        (["l[].n", "sum"], {"l[].n AGGREGATION"}),
        (["a", {"map": {"x": 1}, "else": 2}], {"a TRANSFORMATION"}),
        (["a", {"default": "$context.shop"}], {"a TRANSFORMATION", "shop TRANSFORMATION"}),
        (["a", {"get": "b.c"}], {"a.b.c IDENTITY"}),
        (["a", {"filter": {"on": True}}], {"a IDENTITY", "..a[].on FILTER"}),
        ("l[?on].sku", {"l[].sku IDENTITY", "..l[].on FILTER"}),
        ("l[?on].sku | [0]", {"l[].sku IDENTITY", "..l[].on FILTER"}),
        ("sort_by(l, &n)[0].sku", {"l[0].sku IDENTITY", "..l[].n FILTER"}),
        ("join('-', [a, b.c])", {"a IDENTITY", "b.c IDENTITY"}),
        ("map(&x, l)", {"l[].x IDENTITY"}),
        ({"source": "a", "check": {"gt": {"source": "b"}}}, {"a IDENTITY", "..b CONDITIONAL"}),
    ],
)
def test_a_field_depends_on_what_it_reads(field: Any, found: set[str]) -> None:
    parts: dict[str, Any] = {"params": {"shop": {"type": "string"}}}
    parts |= {"tables": TABLES} if "lookup" in json.dumps(field) else {}
    assert depends(field, **parts) == found


def test_lets_are_seen_through() -> None:
    let = {"qty": ["Qty", "trim", "int"], "price": "Price", "alias": "$qty", "both": {"calc": "$alias * $price"}}
    assert depends("$both", let=let) == {"Qty TRANSFORMATION", "Price TRANSFORMATION"}
    found = lineage(let=let, fields={"f": "$both"}).streams[0].fields[0]
    assert found.resolvers == ("trim", "int")
    assert depends("$o.b", let={"o": {"fields": {"a": "x", "b": "y"}}}) == {"y IDENTITY"}
    assert depends("$c.name", let={"c": "customer"}) == {"customer.name IDENTITY"}


def test_a_condition_on_a_let_decides_and_gives_no_resolvers() -> None:
    field = {"switch": [{"when": {"$n": {"gt": 1}}, "then": {"const": "A"}}, {"else": {"const": "B"}}]}
    found = lineage(let={"n": ["Qty", "int"]}, fields={"f": field}).streams[0].fields[0]
    assert [(d.name, d.subtype) for d in found.depends] == [("Qty", "CONDITIONAL")]
    assert found.resolvers == ()


def test_paths_in_lists_are_absolute() -> None:
    field = {
        "each": {"path": "lines", "index_as": "i"},
        "where": {"qty": {"gt": 0}},
        "sort": "no",
        "fields": {
            "sku": "sku", "order": "$parent.no", "i": "$i", "type": {"const": "L"},
            "notes": {"each": "notes", "value": ["text", "trim"]},
        },
    }  # fmt: skip
    held = {"..lines[].qty FILTER", "..lines[].no SORT"}
    assert depends(field, "f[].sku") == {"lines[].sku IDENTITY", *held}
    assert depends(field, "f[].order") == {"no IDENTITY", "..lines JOIN", *held}
    assert depends(field, "f[].i") == {"lines TRANSFORMATION", *held}
    assert depends(field, "f[].type") == {"..lines JOIN", *held}
    assert depends(field, "f[].notes[]") == {"lines[].notes[].text TRANSFORMATION", *held}


def test_entries_zip_and_keyed_objects() -> None:
    entries = {"each": {"path": "specs", "entries": True}, "fields": {"k": "$key", "v": "@"}}
    assert depends(entries, "f[].v") == {"specs.* IDENTITY"}
    assert depends(entries, "f[].k") == {"specs TRANSFORMATION"}
    zipped = {"each": {"zip": {"a": "xs", "b": "ys"}}, "fields": {"p": "a.n", "q": "b"}}
    assert depends(zipped, "f[].p") == {"xs[].n IDENTITY", "..ys JOIN"}
    keyed = {"object": {"each": "l", "key": "code", "value": "text"}}
    assert depends(keyed, "f.*") == {"l[].text IDENTITY", "..l[].code GROUP_BY"}


def test_nested_fields_inherit_what_decides_about_the_whole() -> None:
    field = {"when": {"on": True}, "fields": {"a": "x", "b": {"fields": {"c": "y"}}}}
    assert depends(field, "f.a") == {"x IDENTITY", "..on CONDITIONAL"}
    assert depends(field, "f.b.c") == {"y IDENTITY", "..on CONDITIONAL"}


def test_fragments_are_seen_through() -> None:
    fragments = {"address": {"fields": {"city": ["suburb", "trim"], "kind": {"const": "P"}}}}
    field = {"use": "address", "at": "billTo"}
    assert depends(field, "f.city", fragments=fragments) == {"billTo.suburb TRANSFORMATION"}
    assert depends(field, "f.kind", fragments=fragments) == {"..billTo CONDITIONAL"}


def test_what_decides_about_records_stands_once_for_the_stream() -> None:
    found = lineage(
        filter={"a": 1}, explode=[{"path": "lines", "as": "line"}, {"path": "$line.allocs", "as": "alloc"}],
        where={"$line.on": True}, checks=[{"when": {"$out.qty": {"lt": 0}}, "message": "m"}],
        fields={"sku": "$line.sku", "qty": ["$alloc.qty", "int"]},
    )  # fmt: skip
    stream = found.streams[0]
    assert [(d.name, d.subtype) for d in stream.depends] == [
        ("a", "FILTER"), ("lines", "JOIN"), ("lines[].allocs", "JOIN"), ("lines[].on", "FILTER"),
        ("lines[].allocs[].qty", "FILTER"),
    ]  # fmt: skip
    assert [f.depends[0].name for f in stream.fields] == ["lines[].sku", "lines[].allocs[].qty"]
    assert {d.name for d in found.depends("sku")} == {
        "lines[].sku", "a", "lines", "lines[].allocs", "lines[].on", "lines[].allocs[].qty",
    }  # fmt: skip


def test_groups_read_the_records_they_gather() -> None:
    found = lineage(
        group={"by": ["k"]},
        fields={"k": "k", "total": ["$rows[].qty", "sum"], "lines": {"each": "$rows", "value": "sku"}},
    )
    stream = found.streams[0]
    assert [(d.name, d.subtype) for d in stream.depends] == [("k", "GROUP_BY")]
    named = {f.field: [(d.name, d.subtype) for d in f.depends] for f in stream.fields}
    assert named["total"] == [("qty", "AGGREGATION")]
    assert named["lines[]"] == [("sku", "IDENTITY")]


def test_streams_passthrough_and_sensitive_fields() -> None:
    found = lineage(
        outputs=[
            {"name": "heads", "where": {"h": True}, "fields": {"a": {"source": "x", "sensitive": True}}},
            {"name": "lines", "explode": {"path": "ls", "as": "l"}, "fields": {"b": "$l.y"}},
            {"name": "lines", "fields": {"b": "z"}},
        ]
    )
    heads, lines = found.streams
    assert (heads.stream, heads.fields[0].sensitive, heads.depends[0].name) == ("heads", True, "h")
    assert [d.name for d in lines.fields[0].depends] == ["ls[].y", "z"]
    copied = lineage(passthrough=True, fields={"a": "x"}).streams[0].fields
    assert [(f.field, f.depends[0].name) for f in copied] == [("a", "x"), ("*", "*")]


def test_xml_paths() -> None:
    found = lineage(
        source={"format": "xml", "record": "/o"},
        fields={
            "id": "@id",
            "lines": {
                "each": "lines/line",
                "fields": {"no": "@no", "sku": "./sku", "id": "../../@id", "o": "$root/@id"},
            },
        },
    )
    named = {f.field: f.depends[0].name for f in found.streams[0].fields}
    assert named["lines[].no"] == "lines/line/@no"
    assert named["lines[].sku"] == "lines/line/sku"
    assert named["lines[].id"] == named["lines[].o"] == named["id"] == "@id"


def test_columns_keep_their_names() -> None:
    found = lineage(source={"format": "csv"}, fields={"a": "Unit Price [AUD]", "b.c": ["x.y", "trim"]})
    named = {f.field: f.depends[0].name for f in found.streams[0].fields}
    assert named == {"a": "Unit Price [AUD]", "b.c": "x.y"}


def test_of_one_field_and_what_is_below_it() -> None:
    found = lineage(fields={"a": {"fields": {"b": "x"}}, "ab": "y"})
    assert [f.field for f in found.of("a").streams[0].fields] == ["a.b"]
    with pytest.raises(KeyError):
        found.of("b")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_form_of_the_examples_is_well_formed_and_the_same_twice(path: Path) -> None:
    first, second = (Engine().mapping(path).lineage() for _ in range(2))
    assert first == second
    Draft202012Validator(load_schema("lineage")).validate(first.to_dict())
    svg = first.to_svg()
    assert svg == second.to_svg()
    ElementTree.fromstring(svg)
    assert first.to_mermaid() == second.to_mermaid()
    targets = [f.field for stream in first.streams for f in stream.fields]
    assert targets
    assert len(set(targets)) == len(targets) or len(first.streams) > 1


EVIL = 'a<b>&"c"`#\\ \u0000\u202e'


def test_drawings_escape_what_names_hold() -> None:
    found = lineage(source={"format": "csv"}, fields={"</svg><script>": EVIL, "x" * 80: "y"})
    svg = found.to_svg()
    assert "<script" not in svg
    texts = [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith(("text", "title"))]
    assert "</svg><script>" in texts
    assert "x" * 80 in texts, "a title has what the label cuts"
    labels = re.findall(r'\["(.*)"\]$', found.to_mermaid(), re.M)
    assert labels
    assert not any(set('"<>`') & set(label) for label in labels)


def test_no_box_lies_over_another() -> None:
    fields = {f"f{n}": {"template": f"{{c{n * 7 % 60}}} {{c{n * 11 % 60}}} {{shared}}"} for n in range(60)}
    svg = ElementTree.fromstring(lineage(source={"format": "csv"}, fields=fields).to_svg())
    boxes = [r.attrib for r in svg.iter("{http://www.w3.org/2000/svg}rect") if "rx" in r.attrib]
    columns: dict[str, list[float]] = {}
    for box in boxes:
        columns.setdefault(box["x"], []).append(float(box["y"]))
    assert sorted(map(len, columns.values())) == [60, 61]
    for ys in columns.values():
        ys.sort()
        assert min(b - a for a, b in pairwise(ys)) >= 20
        assert ys[-1] < float(svg.attrib["height"])


def test_the_picture_shows_what_stands_in_what_and_tells_once_what_decides_about_all_of_it() -> None:
    fields = {
        "lines": {
            "each": "lines", "where": {"on": True},
            "fields": {"sku": "sku", "tax": {"fields": {"rate": "rate", "kind": {"const": "x"}}}},
        },
        "only": {"fields": {"one": "one"}},
    }  # fmt: skip
    found = rows(lineage(fields=fields))
    assert [(row.label, row.whole, row.depth, [part.name for part in row.depends]) for row in found] == [
        ("lines[]", "lines[]", 0, ["lines[].on"]),
        ("sku", "lines[].sku", 1, ["lines[].sku"]),
        ("tax", "lines[].tax", 1, []),
        ("rate", "lines[].tax.rate", 2, ["lines[].rate"]),
        ("kind", "lines[].tax.kind", 2, ["lines"]),
        ("only.one", "only.one", 0, ["one"]),
    ]
    assert [row.group for row in found] == [True, False, True, False, False, False]


def test_openlineage_event() -> None:
    found = lineage(
        tables=TABLES, filter={"on": True}, params={"shop": {"type": "string"}},
        fields={
            "tz": {"lookup": {"table": "stores", "key": "s", "return": "tz"}}, "a": ["x", "trim"], "p": "$context.shop",
        },
    )  # fmt: skip
    event = found.to_openlineage(time=dt.datetime(2025, 1, 1, 2, 3, 4, 5000, dt.UTC), namespace="shop")
    assert event["eventTime"] == "2025-01-01T02:03:04.005Z"
    assert event["job"]["namespace"] == "shop"
    assert [d["name"] for d in event["inputs"]] == ["m/source", "m/source#tables/stores"]
    facets = event["outputs"][0]["facets"]
    column = facets["columnLineage"]
    assert column["_schemaURL"].startswith("https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json")
    assert column["fields"]["a"]["inputFields"] == [
        {
            "namespace": "shop", "name": "m/source", "field": "x",
            "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "trim"}],
        }
    ]  # fmt: skip
    assert [(i["name"], i["field"]) for i in column["fields"]["tz"]["inputFields"]] == [
        ("m/source#tables/stores", "tz"), ("m/source", "s"),
    ]  # fmt: skip
    assert column["fields"]["p"]["inputFields"] == []
    assert [i["field"] for i in column["dataset"]] == ["on"]
    assert [f["name"] for f in facets["schema"]["fields"]] == ["tz", "a", "p"]


def test_an_object_with_several_keys_and_lists() -> None:
    origin = {"each": "l", "key": [["w"], ["s"]], "fields": {"q": "q"}, "duplicates": "collect"}
    (stream,) = ENGINE.mapping({"mapping": "1", "fields": {"o": {"object": origin}}}).lineage().streams
    (field,) = stream.fields
    assert field.field == "o.*.*[].q"
    assert {"l[].q", "l[].w", "l[].s"} <= {part.name for part in field.depends}
