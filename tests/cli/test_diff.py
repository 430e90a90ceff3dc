"""`crosswalk diff`: what counts as a change, how it is told, and what differs on a sample."""

from __future__ import annotations

from typing import Any

import pytest

from crosswalk import Engine
from crosswalk.compiler.diff import MappingDiff, compare

ENGINE = Engine()
TABLES = {"t": {"inline": {"1": "a"}}}


def compared(old: dict[str, Any], new: dict[str, Any]) -> MappingDiff:
    return compare(ENGINE.mapping({"mapping": "1", **old}), ENGINE.mapping({"mapping": "1", **new}))


def of(*fields: Any) -> MappingDiff:
    first, second = ({"fields": {"f": field}} for field in fields)
    return compared(first, second)


SAME = [
    ({"fields": {"a": "x", "b": "y"}}, {"fields": {"b": "y", "a": "x"}}),
    ({"fields": {"a": "x"}}, {"fields": {"a": {"source": "x", "comment": "why"}}, "description": "d"}),
    ({"fields": {"a": ["x", "trim"]}}, {"let": {"v": ["x", "trim"]}, "fields": {"a": "$v"}}),
    ({"fields": {"a": ["x", "trim", "upper"]}}, {"let": {"v": ["x", "trim"]}, "fields": {"a": ["$v", "upper"]}}),
    ({"fields": {"a": ["x", "trim", "upper"]}}, {"pipelines": {"p": ["trim", "upper"]}, "fields": {"a": ["x", "p"]}}),
    ({"fields": {"a.b": "x"}}, {"fields": {"a": {"fields": {"b": "x"}}}}),
    ({"fields": {"a": "c.x"}}, {"let": {"v": "c"}, "fields": {"a": "$v.x"}}),
    (
        {"fields": {"f": {"fields": {"a": "x", "b": "y"}}}},
        {"fragments": {"g": {"fields": {"a": "x", "b": "y"}}}, "fields": {"f": {"use": "g"}}},
    ),
    (
        {"let": {"q": ["Q", "int"]}, "fields": {"a": {"calc": "$q * 2"}}},
        {"let": {"qty": ["Q", "int"]}, "fields": {"a": {"calc": "$qty*2"}}},
    ),
    (
        {"fields": {"a": {"when": {"x": 1, "y": 2}, "source": "z"}}},
        {"fields": {"a": {"when": {"all": [{"y": 2}, {"x": {"eq": 1}}]}, "source": "z"}}},
    ),
    (
        {"explode": {"path": "ls", "as": "l"}, "fields": {"a": "$l.x"}},
        {"explode": [{"path": "ls", "as": "line"}], "fields": {"a": "$line.x"}},
    ),
    ({"fields": {"a": ["x", {"decimal": {"scale": 2}}]}}, {"fields": {"a": ["x", {"decimal": 2}]}}),
    ({"fields": {"a": "x"}}, {"target": {"missing": "omit"}, "fields": {"a": "x"}}),
    (
        {"tables": TABLES, "fields": {"a": ["k", {"lookup": "t"}]}},
        {"tables": TABLES, "fields": {"a": {"lookup": {"table": "t", "key": "k"}}}},
    ),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_moving_and_layout_are_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert compared(old, new) == MappingDiff((), ())


CHANGED = [
    ("a", "b", ["path: a → b"]),
    (["a", "trim"], "a", ["step removed: trim"]),
    ("a", ["a", "trim", "upper"], ["step added: trim", "step added: upper"]),
    (["a", "trim", "upper"], ["a", "upper", "trim"], ["order changed: trim | upper → upper | trim"]),
    (["a", {"round": 2}], ["a", {"round": 3}], ["step: round(scale=2) → round(scale=3)"]),
    ({"source": "a", "default": 0}, {"source": "a", "default": 0.0}, ["default: 0 → 0.0"]),
    ({"source": "a", "default": 1}, {"source": "a", "default": True}, ["default: 1 → true"]),
    ("a", {"source": "a", "default": "x"}, ['default added: "x"']),
    ({"source": "a", "required": True}, "a", ["required removed"]),
    ("a", {"source": "a", "on_error": "null"}, ["on_error added: null"]),
    ({"const": 1}, {"const": "1"}, ['constant: 1 → "1"']),
    ({"const": 1}, "a", ["was 1, is a"]),
    ("a", {"source": ["a", "b"]}, ["was a, is first of a, b"]),
    ({"template": "{a} {b}"}, {"template": "{a} {c}"}, ["in c: path: b → c"]),
    ({"template": "{a}"}, {"template": "{a}!"}, ['template: "{a}" → "{a}!"']),
    ({"when": {"a": 1}, "source": "b"}, {"when": {"a": 2}, "source": "b"}, ["in when: a eq 1 → a eq 2"]),
    (
        {"when": {"a": 1}, "source": "b"}, {"when": {"a": 1, "c": 2}, "source": "b"},
        ["in when: condition added: c eq 2"],
    ),
    (
        {"switch": [{"when": {"a": 1}, "then": {"const": "x"}}, {"else": {"const": "z"}}]},
        {"switch": [{"when": {"a": 1}, "then": {"const": "y"}}, {"else": {"const": "z"}}]},
        ['in case 1: constant: "x" → "y"'],
    ),
    (
        {"switch": [{"when": {"a": 1}, "then": {"const": "x"}}, {"else": {"const": "z"}}]},
        {"switch": [{"when": {"a": 1}, "then": {"const": "x"}}, {"when": {"a": 2}, "then": "b"}]},
        ["case added: a eq 2 gives b", 'else: "z" → nothing'],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), CHANGED)
def test_a_change_is_told_in_words(old: Any, new: Any, words: list[str]) -> None:
    found = of(old, new)
    assert [(c.field, c.kind) for c in found.changes] == [("f", "changed")]
    assert list(found.changes[0].words) == words


def test_a_change_in_a_let_shows_in_every_field_that_uses_it() -> None:
    fields = {"a": "$q", "b": {"calc": "$q + 1"}, "c": "x"}
    found = compared(
        {"let": {"q": {"source": "Q", "resolve": "int", "default": 0}}, "fields": fields},
        {"let": {"q": {"source": "Q", "resolve": "int", "default": 1}}, "fields": fields},
    )
    assert [(c.field, c.words) for c in found.changes] == [
        ("a", ("default: 0 → 1",)), ("b", ("in $q: default: 0 → 1",)),
    ]  # fmt: skip


def test_added_removed_and_renamed() -> None:
    found = compared({"fields": {"a": "x", "b": "y"}}, {"fields": {"c": "x", "d": ["z", "trim"]}})
    assert [(c.field, c.kind, c.old, c.new) for c in found.changes] == [
        ("a", "renamed", "a", "c"), ("b", "removed", "y", ""), ("d", "added", "", "z | trim"),
    ]  # fmt: skip


def test_what_is_said_of_records_and_of_the_whole() -> None:
    found = compared(
        {"filter": {"a": 1}, "source": {"format": "json"}, "fields": {"f": "x"}},
        {"filter": {"a": 1, "b": 2}, "source": {"format": "json", "record": "rows"}, "fields": {"f": "x"}},
    )
    assert found.settings == ('source.record: not set → "rows"',)
    assert [(c.field, c.words) for c in found.changes] == [("(records)", ("in filter: condition added: b eq 2",))]
    other = {"t": {"inline": {"1": "b"}}}
    field = {"fields": {"f": ["k", {"lookup": "t"}]}}
    assert "tables.t" in compared({"tables": TABLES, **field}, {"tables": other, **field}).settings[0]


def test_fields_that_use_a_changed_table_or_parameter_are_told() -> None:
    def mapping(rows: list[dict[str, Any]], shop: str) -> dict[str, Any]:
        look = {"table": "t", "key": "k", "on_missing": "null"}
        return {
            "params": {"shop": {"type": "string", "default": shop}, "rest": {"type": "string"}},
            "tables": {"t": {"inline": rows, "key": "c"}},
            "filter": {"$context.shop": "34"},
            "fields": {
                "n": {"lookup": {**look, "return": "n"}},
                "m": {"lookup": {**look, "return": "m"}},
                "secret": {"lookup": {**look, "return": "n"}, "sensitive": True},
                "lines": {"each": "l", "fields": {"shop": {"template": "{$context.shop}-{x}"}}},
                "other": ["k", "upper"],
            },
        }

    old = mapping([{"c": "1", "n": "a", "m": "x"}, {"c": "2", "n": "b", "m": "x"}, {"c": "9", "n": "", "m": ""}], "34")
    new = mapping(
        [{"c": "1", "n": "b", "m": "x"}, {"c": "2", "n": "b", "m": "x"}, {"c": "3", "n": "c", "m": "x"}], "35"
    )
    found = {change.field: change.words for change in compared(old, new).changes}
    assert found == {
        "(records)": ("parameter shop changed",),
        "n": ("table t.n: without 9, new 3, other values for 1",),
        "m": ("table t.m: without 9, new 3",),
        "secret": ("table t.n: without 1, new 1, other values for 1",),
        "lines[].shop": ("parameter shop changed",),
    }
    (change,) = compared(old, {**old, "fields": {**old["fields"], "n": "k"}}).changes
    assert change.words != ()


def test_a_fragment_found_at_a_path_is_missing_without_it() -> None:
    found = compared(
        {"fields": {"f": {"fields": {"a": "b.x"}}}},
        {"fragments": {"g": {"fields": {"a": "x"}}}, "fields": {"f": {"use": "g", "at": "b"}}},
    )
    assert [(c.field, c.kind) for c in found.changes] == [("f", "added")]


OLD = {
    "mapping": "1",
    "source": {"format": "csv"},
    "params": {"shop": {"type": "string", "required": True}},
    "fields": {
        "id": "No", "qty": ["Qty", "int"], "ref": {"template": "{$context.shop}-{No}"}, "gone": "Qty",
        "pin": {"source": "Pin", "sensitive": True},
    },
}  # fmt: skip
NEW = {
    **OLD,
    "fields": {
        "number": "No", "qty": {"source": "Qty", "resolve": "int", "on_error": "null", "default": 0},
        "ref": {"template": "{$context.shop}:{No}"}, "pin": {"source": "Pin2", "sensitive": True},
    },
}  # fmt: skip
DATA = "No,Qty,Pin,Pin2\n1,5,11,12\n2,x,21,21\n3,,31,32\n"


@pytest.fixture
def diff(run: Any, put: Any) -> Any:
    put("old.json", OLD)
    put("new.json", NEW)
    put("in.csv", DATA)
    return lambda *args: run("diff", *args)


def test_same_is_0_and_different_1(diff: Any) -> None:
    same, other = diff("old.json", "old.json"), diff("old.json", "new.json")
    assert (same.status, same.out) == (0, "both mean the same\n")
    assert other.status == 1
    assert "id   renamed to number" in other.out


def test_values_on_a_sample(diff: Any) -> None:
    found = diff("old.json", "new.json", "--sample", "in.csv", "--param", "shop=s", "--json")
    assert found.status == 1
    sample = found.json["sample"]
    values = {value["field"]: value for value in sample["values"]}
    assert (sample["records"], sample["differing"]) == (3, 3)
    assert values["ref"]["count"] == 2
    assert values["ref"]["examples"][0] == {"record": 1, "old": '"s-1"', "new": '"s:1"'}
    assert values["qty"]["examples"] == [{"record": 3, "old": None, "new": "0"}]
    assert sorted(values) == ["pin", "qty", "ref"], "renamed fields are compared, those removed are told once"
    assert [(e["field"], e["stream"], e["count"]) for e in sample["accepted"]] == [("qty", "M310", 1)]
    assert sample["refused"] == []


def test_sensitive_values_are_not_shown(diff: Any) -> None:
    found = diff("old.json", "new.json", "--sample", "in.csv", "--param", "shop=s")
    assert "record 1: *** → ***" in found.out
    assert "12" not in found.out


def test_a_sample_may_tell_apart_what_means_the_same_and_the_other_way_round(diff: Any, put: Any) -> None:
    put("a.json", {"mapping": "1", "fields": {"a": ["x", "trim"]}})
    put("b.json", {"mapping": "1", "fields": {"a": "x"}})
    put("in.ndjson", '{"x": "1"}\n')
    found = diff("a.json", "b.json", "--sample", "in.ndjson")
    assert found.status == 1
    assert "the same values from 1 record" in found.out


def test_records_that_come_and_go(diff: Any, put: Any) -> None:
    put("a.json", {"mapping": "1", "fields": {"a": "x"}})
    put("b.json", {"mapping": "1", "filter": {"x": {"ne": 2}}, "fields": {"a": {"source": "x", "required": True}}})
    put("in.ndjson", '{"x": 1}\n{"x": 2}\n{}\n')
    sample = diff("a.json", "b.json", "--sample", "in.ndjson", "--json").json["sample"]
    assert sample["counts"][0]["examples"] == [{"record": 2, "old": 1, "new": 0}]
    assert [(e["field"], e["stream"]) for e in sample["refused"]] == [("a", "M301")]
    assert sample["differing"] == 2


def test_groups_and_lists(diff: Any, put: Any) -> None:
    group = {"mapping": "1", "group": {"by": ["k"]}}
    put("a.json", {**group, "fields": {"k": "k", "n": ["$rows[].q", "sum"], "l": {"each": "$rows", "value": "q"}}})
    put("b.json", {**group, "fields": {"k": "k", "n": ["$rows[].q", "max"], "l": {"each": "$rows", "value": "q"}}})
    put("in.ndjson", '{"k": 1, "q": 2}\n{"k": 1, "q": 3}\n{"k": 2, "q": 4}\n')
    sample = diff("a.json", "b.json", "--sample", "in.ndjson", "--json").json["sample"]
    assert [(v["field"], v["count"]) for v in sample["values"]] == [("n", 1)]
    assert sample["values"][0]["examples"] == [{"record": 0, "old": "5", "new": "3"}]


def test_groups_of_one_mapping_only(diff: Any, put: Any) -> None:
    fields = {"k": "k", "n": ["q", "int"]}
    put("a.json", {"mapping": "1", "fields": fields})
    put("b.json", {"mapping": "1", "group": {"by": ["k"]}, "fields": {"k": "k", "n": ["$rows[].q", "sum"]}})
    put("in.ndjson", '{"k": 1, "q": 2}\n{"k": 1, "q": 3}\n{"k": 2, "q": 4}\n')
    found = diff("a.json", "b.json", "--sample", "in.ndjson")
    assert "0 of 3 records differ: the groups differ\n" in found.out
    assert "the groups give another number of them\n    a group: 3 → 2\n" in found.out
    assert "record 0" not in found.out
    sample = diff("a.json", "b.json", "--sample", "in.ndjson", "--json").json["sample"]
    assert (sample["records"], sample["differing"], sample["groups"]) == (3, 0, True)


def test_an_error_in_a_variable_is_that_of_its_fields(diff: Any, put: Any) -> None:
    put("a.json", {"mapping": "1", "fields": {"a": ["x", "int"], "b": ["x", "int", "string"]}})
    put("b.json", {"mapping": "1", "let": {"n": ["x", "int"]}, "fields": {"a": "$n", "b": ["$n", "string"]}})
    put("in.ndjson", '{"x": "1"}\n{"x": "?"}\n')
    found = diff("a.json", "b.json", "--sample", "in.ndjson")
    assert (found.status, found.out) == (0, "both mean the same\n\nthe same values from 2 records\n")


def test_mistakes(diff: Any, put: Any) -> None:
    put("bad.json", {"mapping": "1", "fields": {"a": ["x", "trm"]}})
    assert diff("old.json", "bad.json").status == 2
    assert "U105" in diff("old.json", "new.json", "--sample", "-").err
    assert "U101" in diff("old.json", "new.json", "--param", "shop=s").err
    unset = diff("old.json", "new.json", "--sample", "in.csv")
    assert (unset.status, "M206" in unset.err) == (2, True)
    unknown = diff("old.json", "new.json", "--sample", "in.csv", "--param", "shop=s", "--param", "shp=1")
    assert (unknown.status, "M202" in unknown.err) == (2, True)
    assert diff("old.json", "new.json", "--sample", "no.csv", "--param", "shop=s").status == 3


def test_variables_that_use_each_other_many_times_over_take_no_time_without_end() -> None:
    def document(start: str) -> dict[str, Any]:
        let: dict[str, Any] = {"a0": [start, "int"], "b0": ["y", "int"]}
        for n in range(60):
            let[f"a{n + 1}"] = {"calc": f"$a{n} + $b{n}"}
            let[f"b{n + 1}"] = {"source": [f"$a{n}", f"$b{n}"]}
            let[f"o{n}"] = {"fields": {"a": f"$o{n - 1}.a", "b": f"$o{n - 1}.b"} if n else {"a": start, "b": "z"}}
        return {"let": let, "fields": {"f": "$a60", "g": "$b60", "h": "$o59.a"}}

    assert compared(document("x"), document("x")).same
    found = compared(document("x"), document("q"))
    assert {change.field for change in found.changes} >= {"f", "g"}
    assert all(len(change.words) < 100 and len(change.old) < 1000 for change in found.changes)
    lineage = ENGINE.mapping({"mapping": "1", **document("x")}).lineage()
    assert {d.name for d in lineage.of("h").streams[0].fields[0].depends} == {"x"}
    assert {d.name for d in lineage.of("f").streams[0].fields[0].depends} == {"x", "y"}


def test_long_chains_of_variables() -> None:
    let: dict[str, Any] = {"a0": "x", "c0": ["y", "int"], "o0": {"fields": {"a": "z"}}}
    for n in range(1, 300):
        let |= {f"a{n}": f"$a{n - 1}", f"c{n}": {"calc": f"$c{n - 1} + 1"}, f"o{n}": {"fields": {"a": f"$o{n - 1}.a"}}}
    document = {"let": let, "fields": {"f": "$a299", "g": "$c299", "h": "$o299.a"}}
    assert compared(document, document).same
    found = ENGINE.mapping({"mapping": "1", **document}).lineage().streams[0].fields
    assert [[d.name for d in field.depends] for field in found] == [["x"], ["y"], ["z"]]
