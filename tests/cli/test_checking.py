"""The commands for those who write mappings: validate, lint, show, test, explain, fmt, init."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import ANY, ORDERS, Put, Run

PIPELINE = {
    "pipeline": "1",
    "source": {"type": "files", "url": "in/*.csv"},
    "mapping": "m.json",
    "sink": {"type": "files", "url": "out.ndjson"},
}


def test_validate_reports_all_errors_of_all_files(run: Run, put: Put) -> None:
    put("a.json", {"mapping": "1", "fields": {"x": {"sorce": "a"}, "y": ["a", "trimm"]}})
    put("deep/b.json", {"mapping": "1", "fields": {"x": 1}})
    put("deep/good.json", ANY)
    put("deep/data.json", {"orders": []})
    put(".hidden/c.json", {"mapping": "1", "fields": {"x": 1}})
    found = run("validate", ".")
    assert found.status == 2
    assert [code in found.err for code in ("M102", "M105", "M104")] == [True] * 3
    assert 'did you mean "source"?' in found.err and "a.json:1:" in found.err
    assert found.out.splitlines() == ["a.json: 2 errors", "deep/b.json: 1 error", "deep/good.json: ok"]


def test_validate_json(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "fields": {"x": 1}})
    document = run("validate", "m.json", "--json").json
    assert (document["command"], document["ok"], document["exit_code"]) == ("validate", False, 2)
    assert document["files"] == [{"file": "m.json", "kind": "mapping", "ok": False, "errors": 1, "warnings": 0}]
    assert document["diagnostics"][0]["pointer"] == "/fields/x"


def test_validate_a_library(run: Run, put: Put) -> None:
    put("lib.json", {"mapping": "1", "kind": "library", "pipelines": {"clean": ["trim"]}})
    assert run("validate", "lib.json").out == "lib.json: ok\n"
    put("lib.json", {"mapping": "1", "kind": "library", "pipelins": {}})
    assert run("validate", "lib.json").status == 2


def test_validate_a_pipeline_prints_the_guarantee(run: Run, orders: Put) -> None:
    orders("p.json", PIPELINE)
    assert run("validate", "p.json").out == "p.json: ok; guarantee: effectively once\n"
    orders("p.json", PIPELINE | {"sink": {"type": "stdout"}})
    assert run("validate", "p.json", "--json").json["files"][0]["guarantee"] == "at least once"


def test_validate_enforces_what_a_pipeline_requires(run: Run, orders: Put) -> None:
    orders("p.json", PIPELINE | {"sink": {"type": "stdout"}, "require": "effectively_once"})
    found = run("validate", "p.json")
    assert found.status == 2 and "error[P130]" in found.err


def test_validate_a_pipeline_looks_into_its_mapping(run: Run, orders: Put) -> None:
    orders("p.json", PIPELINE)
    orders("m.json", {"mapping": "1", "fields": {"x": 1}})
    found = run("validate", "p.json")
    assert found.status == 2 and "error[M104]" in found.err and "m.json:1:" in found.err


def test_validate_needs_no_environment(run: Run, orders: Put) -> None:
    orders("p.json", PIPELINE | {"source": {"type": "files", "url": "${env.CROSSWALK_NO_SUCH}/*.csv"}})
    found = run("validate", "p.json")
    assert found.status == 0 and "guarantee: unknown" in found.out


def test_validate_nothing(run: Run, put: Put) -> None:
    put("data.json", {"orders": []})
    assert "error[U108]" in run("validate", "data.json").err
    assert "error[U109]" in run("validate", ".").err


def test_lint_warns_and_strict_fails(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "let": {"unused": "a"}, "fields": {"b": "b"}})
    found = run("lint", "m.json")
    assert found.status == 0 and "warning[M423]" in found.err and found.out == "m.json: 1 warning\n"
    assert run("lint", "--strict", "m.json").status == 2
    assert run("validate", "m.json").err == ""


def test_show(run: Run, put: Put) -> None:
    put("base.json", {"mapping": "1", "fields": {"a": "a", "b": "b"}})
    put("m.json", {"mapping": "1", "name": "mine", "extends": "base.json", "fields": {"b": None, "c": "c"}})
    flat = json.loads(run("show", "m.json", "--flat").out)
    assert flat["fields"] == {"a": "a", "c": "c"}
    assert run("show", "m.json", "--flat", "--json").json["mapping"] == flat
    summary = run("show", "m.json")
    assert "mine" in summary.out and "a, c" in summary.out
    assert run("show", "m.json", "--json").json["streams"] == {"": ["a", "c"]}


TESTS = [
    {"name": "good", "given": {"No": "1", "SKU": "ab"}, "expect": {"id": 1, "sku": "AB"}},
    {"name": "bad", "given": {"No": "1", "SKU": "ab"}, "expect": {"id": 2, "sku": "AB"}},
]


def test_test_shows_differences_by_path(run: Run, orders: Put) -> None:
    orders("m.json", ORDERS | {"tests": TESTS})
    found = run("test", "m.json")
    assert found.status == 1
    assert found.out.splitlines() == ["ok   m.json: good", "FAIL m.json: bad", "     id: expected 2, got 1"]
    assert found.err == "1 passed, 1 failed\n"
    document = run("test", "m.json", "--json").json
    assert (document["ok"], document["passed"], document["failed"]) == (False, 1, 1)
    assert document["files"][0]["tests"][1]["differences"] == [{"path": "id", "expected": 2, "actual": 1}]


def test_test_reads_what_is_given_as_text_as_a_run_does(run: Run, put: Put) -> None:
    given = "No,SKU\n1,a\n2,b,c\n3,d\n"
    both = [{"id": 1, "sku": "A"}, {"id": 3, "sku": "D"}]
    told = {"name": "told", "given": given, "expect": both, "rejects": [{"row": 2, "code": "M310"}]}
    put("m.json", ORDERS | {"tests": [told, {"name": "not told", "given": given, "expect": both}]})
    found = run("test", "m.json").out
    assert "ok   m.json: told" in found and "rejected: M310 " in found
    grouped = {"mapping": "1", "source": {"format": "csv"}, "group": {"by": ["No"]}, "fields": {"no": "No"}}
    test = {"name": "groups", "given": "No\n1\n2\n1\n", "expect": [{"no": "1"}, {"no": "2"}]}
    put("m.json", grouped | {"tests": [test]})
    assert run("test", "m.json").status == 0


def test_test_tells_numbers_and_text_apart(run: Run, put: Put) -> None:
    tests = [
        {"name": "text", "given": {"price": "3"}, "expect": {"price": "3.00"}},
        {"name": "refused", "given": {"price": "many"}, "expect": {"price": 1}},
    ]
    put("m.json", {"mapping": "1", "fields": {"price": ["price", {"decimal": {"scale": 2}}]}, "tests": tests})
    found = run("test", "m.json").out
    assert 'price: expected "3.00", got 3.00' in found
    assert 'rejected: M310 price: not a decimal number ("many")' in found


def test_test_coverage(run: Run, orders: Put) -> None:
    fields = {
        "id": "No",
        "lost": "No such",
        "customer": {"fields": {"name": "Name"}},
        "lines": {"each": "Lines", "fields": {"sku": "SKU"}},
    }
    tests = [{"name": "one", "given": {"No": "1", "Name": "x"}, "expect": {"id": "1"}, "match": "subset"}]
    orders("m.json", {"mapping": "1", "fields": fields | {"lost": "missing"}, "tests": tests})
    covered = run("test", ".", "--coverage", "--json").json["files"][0]["coverage"]
    assert covered == {"fields": 6, "covered": 4, "missed": ["lost", "lines[].sku"]}


def test_case_files(run: Run, orders: Put) -> None:
    orders("cases/a.json", {"cases": "1", "mapping": "../m.json", "tests": TESTS})
    found = run("test", "cases")
    assert found.status == 1 and "ok   cases/a.json: good" in found.out and "FAIL cases/a.json: bad" in found.out
    assert run("validate", "cases/a.json").out == "cases/a.json: ok\n"
    bad: list[dict[str, object]] = [
        {"tests": 1}, {"tests": [1]}, {"tests": [{"given": {}}]}, {"tests": [{"gvien": {}, "expect": {}}]}, {"x": 1},
    ]  # fmt: skip
    for members in bad:
        orders("cases/a.json", {"cases": "1", "mapping": "../m.json"} | members)
        refused = run("test", "cases/a.json")
        assert refused.status == 2 and "error[U120]" in refused.err


def test_test_without_tests_says_how(run: Run, orders: Put) -> None:
    found = run("test", "m.json")
    assert found.status == 0 and 'add some: "tests"' in found.err


def test_test_reports_broken_mappings_and_goes_on(run: Run, orders: Put) -> None:
    orders("a.json", {"mapping": "1", "fields": {"x": 1}})
    orders("m.json", ORDERS | {"tests": TESTS[:1]})
    found = run("test", ".")
    assert found.status == 2 and "error[M104]" in found.err and "ok   m.json: good" in found.out


def test_explain_a_code(run: Run) -> None:
    assert run("explain", "m310").out.startswith("M310: ")
    missing = run("explain", "M399")
    assert missing.status == 2 and "error[U111]" in missing.err


def test_explain_names_who_may_know_a_code(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = "Project-URL: Homepage, https://example.org\nProject-URL: Documentation, https://docs.example.org\n"
    for name, about in (("acme_jobs", pages), ("acme_more", "")):
        info = tmp_path / "site" / f"{name}-0.3.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 0.3\n{about}")
        (info / "entry_points.txt").write_text(f"[crosswalk]\n{name} = {name}\n")
    assert "from other packages" in run("explain", "C901").err
    monkeypatch.syspath_prepend(tmp_path / "site")
    told = run("explain", "C901").err
    assert "error[U111]: crosswalk itself has no code C901" in told
    assert "acme-jobs 0.3 (https://docs.example.org), acme-more 0.3" in told


def test_every_code_of_the_command_line_has_a_page(run: Run) -> None:
    import re

    import crosswalk.cli

    sources = Path(crosswalk.cli.__file__).parent.glob("*.py")
    codes = {code for path in sources for code in re.findall(r'"([A-Z]\d{3})"', path.read_text())}
    assert len(codes) > 20
    for code in codes:
        assert run("explain", code).status == 0, code


def test_explain_a_record(run: Run, orders: Put) -> None:
    found = run("explain", "m.json", "in.csv", "--record", "2")
    assert found.status == 0 and found.out.startswith("record 2 (line 3)\n")
    assert "id" in found.out and "M310" in found.out
    one = run("explain", "m.json", "in.csv", "--field", "sku", "--json").json
    (field,) = one["fields"]
    assert field["field"] == "sku" and field["state"] == "value"
    assert [step["value"] for step in field["steps"]] == ['" ab "', '"ab"', '"AB"']


def test_explain_tells_items_and_operands_apart(run: Run, put: Put) -> None:
    put("m.json", {
        "mapping": "1", "explode": {"path": "lines", "as": "line"},
        "let_each": {"price": ["$line.price", "decimal"], "qty": {"source": "$line.qty", "default": 1}},
        "fields": {"total": {"calc": "$qty * $price"}},
    })  # fmt: skip
    put("in.ndjson", {"lines": [{"price": "2.50", "qty": 3}, {"price": None}]})
    found = run("explain", "m.json", "in.ndjson").out
    items = [part.splitlines()[1:] for part in found.split("  -- item ")[1:]]
    first, second = [[" ".join(line.split()) for line in part] for part in items]
    assert found.startswith("record 1 (line 1)\n  -- item 1 --\n")
    assert {"$price = 2.50", "decimal 2.50", "$qty = 3", "total = 7.50"} <= set(first)
    assert "default 1" in second and not any("default" in line for line in first)
    assert second[-5:] == ["total = null [null]", "$qty 1", "$price null", "calc null", "because $price gave nothing"]


def test_explain_what_is_not_there(run: Run, orders: Put) -> None:
    assert 'did you mean "sku"?' in run("explain", "m.json", "in.csv", "--field", "skku").err
    assert "there is no record 9: the input has 3" in run("explain", "m.json", "in.csv", "--record", "9").err
    orders("in.csv", "No,SKU\n1,2,3\n")
    assert "record 1 cannot be read" in run("explain", "m.json", "in.csv").err


def test_fmt(run: Run, put: Put) -> None:
    path = put("m.json", '{"mapping":"1","fields":{"a":"a","price":1.50}}')
    checked = run("fmt", "--check", "m.json")
    assert checked.status == 1 and "would change: m.json" in checked.out
    assert path.read_text().startswith('{"mapping":"1"')
    assert run("fmt", ".").status == 0
    assert "1.50" in path.read_text() and path.read_text().endswith("}\n")
    assert run("fmt", "--check", "m.json").status == 0
    put("m.json", "{")
    assert run("fmt", "m.json").status == 2 and path.read_text() == "{"


def test_init_makes_a_project_that_works(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("init", "shop").status == 0
    monkeypatch.chdir("shop")
    assert run("fmt", "--check", ".").status == 0
    assert run("lint", "--strict", ".").status == 0
    tested = run("test", ".", "--coverage", "--json").json
    assert tested["passed"] == 2 and tested["files"][0]["coverage"]["missed"] == []
    first, second = run("run", "pipeline.json"), run("run", "pipeline.json")
    assert (first.status, second.status) == (4, 0)
    assert "4 read, 3 written, 1 rejected" in first.err and "0 read" in second.err


def test_init_overwrites_nothing(run: Run, put: Put) -> None:
    readme = put("README.md", "mine")
    found = run("init")
    assert found.status == 2 and "error[U117]: README.md exists already" in found.err
    assert readme.read_text() == "mine" and not Path("pipeline.json").exists()
    assert "U117" in run("init", "README.md").err
