"""What is said of a field with several source paths, and of a map that is meant to reject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Put, Run

FIRST_OF = {"mapping": "1", "fields": {"id": {"source": ["a.x", "b"], "resolve": ["int"], "required": True}}}


def test_a_reject_names_all_paths_that_were_tried(run: Run, put: Put) -> None:
    put("m.json", FIRST_OF)
    found = run("map", "m.json", "--rejects", "bad.ndjson", input='{"b":"x"}\n{}\n')
    errors = [json.loads(line)["errors"][0] for line in Path("bad.ndjson").read_text().splitlines()]
    assert [(error["code"], error["path"]) for error in errors] == [("M310", "a.x, b"), ("M301", "a.x, b")]
    assert '1 value of "a.x, b" is not a whole number' in found.err
    assert "read from: a.x, b" in found.err


@pytest.mark.parametrize(
    ("field", "warned"),
    [
        ({"source": "a", "resolve": [{"map": {"A": "B"}}]}, True),
        (["a", {"map": {"A": "B"}}], True),
        ({"source": "a", "resolve": [{"map": {"A": "B"}}], "on_error": "fail"}, False),
        ({"source": "a", "resolve": [{"map": {"A": "B"}}], "on_error": "null"}, False),
        ({"each": "a", "value": [".", {"map": {"A": "B"}}]}, True),
        ({"each": "a", "value": {"source": ".", "resolve": [{"map": {"A": "B"}}], "on_error": "fail"}}, False),
    ],
)
def test_a_map_that_says_what_failures_do_is_meant_so(run: Run, put: Put, field: object, warned: bool) -> None:
    put("m.json", {"mapping": "1", "source": {"paths": "jmespath"}, "fields": {"t": field}})
    found = run("lint", "m.json")
    assert ("warning[M424]" in found.err) == warned
    if warned:
        assert 'where that is meant, say so: "on_error": "fail" in the field' in found.err
