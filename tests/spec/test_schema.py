"""The JSON Schema files: sound, described, and of one mind with the messages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crosswalk.registry import Registry
from crosswalk.spec.compose import compose_mapping_schema, compose_pipeline_schema
from crosswalk.spec.mapping_spec import load_mapping
from crosswalk.spec.pipeline_spec import load_pipeline
from crosswalk.spec.schemas import NAMES, load_schema

FIXTURES = Path(__file__).parent / "diagnostics"
# What only the messages check: a schema cannot say it, or editors need no telling.
BEYOND = {
    "targets": "which keys clash",
    "format-options": "the installed formats",
    "default-missing": "a default beside on_error",
    "value-and-fields": "value beside fields",
    "outputs": "",
}

MAPPING: dict[str, Any] = {
    "mapping": "1",
    "comment": "all of the language",
    "params": {"r": {"type": "string", "required": True}},
    "source": {"format": {"type": "csv"}, "paths": "column", "empty": "missing"},
    "target": {"format": "csv", "columns": ["a"], "null_token": ""},
    "tables": {"t": {"inline": {"a": 1}}, "u": {"file": "u.csv", "key": ["a", "b"], "duplicates": "first"}},
    "pipelines": {"p": ["trim", {"map": {"a": None}, "else": None}, {"each": ["trim"]}]},
    "fragments": {"f": {"let": {"x": "y"}, "fields": {"z": "$x"}}},
    "defaults": {"fields": {"resolve": "trim", "on_error": "null"}},
    "let": {"q": ["Qty", "trim", {"decimal": {"scale": 2}}]},
    "filter": {"any": [{"a": None}, {"not": {"b": {"in": [1, 2]}}}, {"expr": "length(a) > `3`"}]},
    "explode": [{"path": "lines", "as": "line", "index_as": "i", "outer": True}, {"zip": {"a": "b"}, "uneven": "pad"}],
    "let_each": {"s": "$line.sku"},
    "where": {"all": [{"$q": {"gte": 1, "as": "decimal", "lt": {"source": "$s"}}}]},
    "fields": {
        "a.b": {"source": ["x", "y"], "type": "integer", "required": "present", "check": {"gt": 0, "message": "m"}},
        "c": {"template": "{a}", "if_missing": "empty", "sensitive": True},
        "d": {"when": {"x": 1}, "calc": "$q * 2", "else": {"const": None}},
        "e": {"each": {"path": "x", "match": "a_*"}, "fields": {"y": "$1"}, "sort": [{"by": "k", "desc": True}, "l"]},
        "f": {"object": {"each": "x", "key": [{"source": "a"}, "b"], "value": "c", "duplicates": "collect"}},
        "g": {"array": ["a", {"const": 1}], "compact": True},
        "h": {"switch": [{"when": {"x": {"between": [1, 2]}}, "then": "y"}, {"else": "z"}]},
        "i": {"lookup": {"table": "t", "key": "x", "return": ["a"], "on_missing": "default"}, "default": 1},
        "j": {"use": "f", "at": "x"},
        "k": {"resolve": "now"},
        "description": "text",
    },
    "passthrough": {"exclude": ["x_*"]},
    "spread": "extra",
    "checks": [{"when": {"a": 1}, "message": "m", "level": "warn"}],
    "group": {"by": ["a"], "scope": "batch", "as": "rows"},
    "on_error": {"record": "stop", "max_rejects": "0.5%"},
    "tests": [{"name": "t", "given": {}, "rejects": ["M310"], "match": "subset"}],
    "nondeterministic": True,
}


def test_the_whole_language_is_accepted_by_both() -> None:
    assert not load_mapping(MAPPING).problems
    assert not list(Draft202012Validator(load_schema("mapping")).iter_errors(MAPPING))


@pytest.mark.parametrize("path", sorted((FIXTURES / "mapping").glob("*.json")), ids=lambda path: path.stem)
def test_what_the_messages_refuse_the_schema_refuses(path: Path) -> None:
    valid = Draft202012Validator(load_schema("mapping")).is_valid(json.loads(path.read_text("utf-8")))
    assert valid == bool(BEYOND.get(path.stem))


@pytest.mark.parametrize("name", NAMES)
def test_schemas_are_sound_and_every_property_is_described_with_an_example(name: str) -> None:
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    bare: list[str] = []
    _undescribed(schema, name, schema.get("$defs", {}), bare)
    assert not bare


def _undescribed(schema: Any, place: str, defs: Any, bare: list[str]) -> None:
    if isinstance(schema, list):
        for i, part in enumerate(schema):
            _undescribed(part, f"{place}/{i}", defs, bare)
    if not isinstance(schema, dict):
        return
    for key, part in schema.get("properties", {}).items():
        about = defs.get(part.get("$ref", "").rpartition("/")[2], {}) | part
        shown = {"examples", "enum", "const", "default"} & set(about) or about.get("type") == "boolean"
        if set(part) != {"const"} and (not about.get("description") or not shown):
            bare.append(f"{place}/{key}")
    for key, part in schema.items():
        if key not in ("examples", "default", "const", "enum"):
            _undescribed(list(part.values()) if key in ("properties", "$defs") else part, f"{place}/{key}", defs, bare)


def test_composed_schemas_know_what_is_installed(registry: Registry) -> None:
    installed = Registry()
    mapping = compose_mapping_schema(installed)
    Draft202012Validator.check_schema(mapping)
    names = {part.get("const") for part in mapping["$defs"]["resolver_name"]["anyOf"]}
    assert {"trim", "upper"} <= names
    check = Draft202012Validator(mapping)
    assert check.is_valid(MAPPING)
    assert not check.is_valid({"mapping": "1", "fields": {"a": ["x", {"decimal": {"scales": 2}}]}})
    assert not check.is_valid({"mapping": "1", "source": {"format": "cvs"}, "fields": {"a": "x"}})
    less = {"fields": {"a": None, "b": {"fields": {"c": None}}}, "filter": None, "let": {"q": None}}
    assert check.is_valid({"mapping": "1", "extends": "base.json", **less}), "null removes what a base has"
    for name, part in {**less, "fields": {"a": None}}.items():
        assert not check.is_valid({"mapping": "1", "fields": {"x": "x"}, name: part}), name
    pipeline = compose_pipeline_schema(registry)
    Draft202012Validator.check_schema(pipeline)
    check = Draft202012Validator(pipeline)
    good = {"pipeline": "1", "source": {"type": "letters", "count": "${params.n}"}, "sink": {"type": "wall"}}
    assert check.is_valid(good)
    assert not check.is_valid(good | {"sink": {"type": "wal"}})
    assert not check.is_valid(good | {"source": {"type": "letters", "count": "five"}})
    assert load_schema("mapping") != mapping, "the shared base schema must stay as it is"
    assert "oneOf" not in load_schema("pipeline")["$defs"]["sink"]


def test_a_good_pipeline_has_no_problems(registry: Registry) -> None:
    spec = load_pipeline(
        {
            "pipeline": "1",
            "params": {"n": {"type": "integer", "default": 3}},
            "source": [{"type": "letters", "count": "${params.n}", "optional": True, "comment": "x"}],
            "mapping": {"mapping": "1", "fields": {"a": {"const": "${nothing}"}}},
            "sinks": {"a": {"type": "wall", "format": {"type": "lines", "width": 5}}},
            "batch": {"records": 10, "bytes": "64MiB", "seconds": "1m30s"},
            "require": "at_least_once",
        },
        registry,
    )
    assert not spec.problems


def test_a_plugin_schema_with_other_keywords_goes_through_the_library(registry: Registry) -> None:
    class Odd(registry.components("sources")["letters"]):  # type: ignore[misc, name-defined]
        type = "odd"

        @classmethod
        def config_schema(cls) -> dict[str, Any]:
            return {"type": "object", "properties": {"n": {"multipleOf": 5}}}

    from crosswalk.spec.component_check import check_component
    from crosswalk.spec.walk import Walker

    notes: list[tuple[Any, ...]] = []
    check_component(Walker(lambda *args, **more: notes.append(args), {}), Odd, {"type": "odd", "n": 7}, "/source")
    assert notes == [("M108", "7 is not a multiple of 5", "/source/n")]


def test_codes_in_the_sources_are_explained() -> None:
    from crosswalk.spec.codes import all_codes

    root = Path(__file__).parents[2]
    used = {
        code
        for path in [*root.glob("engine/**/*.py"), *root.glob("plugins/crosswalk_*/*.py")]
        for code in re.findall(r'"([MPXSCRU]\d{3})"', path.read_text("utf-8"))
    }
    assert used <= set(all_codes())
