"""Files of no known format (P111): told by `validate`, and by `run` before it begins, wherever the name tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Put, Run


def _pipeline(source: str, sink: str) -> dict[str, object]:
    return {
        "pipeline": "1", "name": "p", "params": {"name": {"type": "string", "required": True}},
        "source": {"type": "files", "url": source}, "sink": {"type": "files", "url": sink},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "sink", "name", "pointer"),
    [
        ("in.foo", "out.csv", "in.foo", "/source/url"),
        ("in/*.foo.gz", "out.csv", "*.foo.gz", "/source/url"),
        ("in.gz", "out.csv", "in.gz", "/source/url"),
        ("in.csv", "out-{n}.foo", "out-x.foo", "/sink/url"),
        ("in.csv", "out", "out", "/sink/url"),
    ],
)
def test_validate_tells(run: Run, put: Put, source: str, sink: str, name: str, pointer: str) -> None:
    put("p.json", _pipeline(source, sink))
    for command in (("validate", "p.json"), ("run", "p.json", "--param", "name=x")):
        done = run(*command)
        assert done.status == 2
        assert "error[P111]: no format is known for '" in done.err
        assert f"{name}'" in done.err
        assert "--> p.json:1:" in done.err and pointer in done.err
        assert 'fix: say which: "format": "csv"' in done.err


def test_all_of_them_are_told(run: Run, put: Put) -> None:
    document = _pipeline("in.foo", "out.bar")
    document["source"] = [{"type": "files", "url": "in.foo"}, {"type": "files", "url": "two.foo"}]
    document["rejects"] = {"type": "files", "url": "rejects.foo"}
    put("p.json", document)
    for command in (("validate", "p.json"), ("run", "p.json", "--param", "name=x")):
        done = run(*command)
        assert done.status == 2
        assert done.err.count("error[P111]: ") == 4
        for pointer in ("/source/0/url", "/source/1/url", "/sink/url", "/rejects/url"):
            assert f"   {pointer}\n" in done.err


def test_what_is_not_set_hides_nothing(run: Run, put: Put) -> None:
    put("p.json", _pipeline("${env.NOT_SET_HERE}/in.csv", "out.foo"))
    done = run("validate", "p.json")
    assert done.status == 2
    assert done.err.count("error[") == done.err.count("error[P111]: ") == 1
    put("p.json", _pipeline("${env.NOT_SET_HERE}/in.csv", "out.csv"))
    assert run("validate", "p.json").out.startswith("p.json: ok; guarantee: unknown (")
    failed = run("run", "p.json", "--param", "name=x")
    assert failed.status == 2 and "NOT_SET_HERE is not set" in failed.err


def test_without_its_mapping_the_formats_of_sinks_are_not_judged(run: Run, put: Put) -> None:
    put("p.json", {**_pipeline("in.foo", "out.foo"), "mapping": {"mapping": "1", "fields": {"a": ["a", "trimm"]}}})
    done = run("validate", "p.json")
    assert "trimm" in done.err and "P111" not in done.err


@pytest.mark.parametrize("source", ["in", "in/*", "in/*.{csv,foo}", "in/*.gz", "${params.name}", "in.${params.name}"])
def test_validate_keeps_silent_where_nobody_knows(run: Run, put: Put, source: str) -> None:
    put("p.json", _pipeline(source, "out/${params.name}"))
    assert run("validate", "p.json").out == "p.json: ok; guarantee: effectively once\n"


def test_a_run_tells_what_only_its_parameters_show(run: Run, put: Put, tmp_path: Path) -> None:
    put("in.csv", "a\n1\n")
    put("p.json", _pipeline("in.csv", "out.${params.name}"))
    done = run("run", "p.json", "--param", "name=foo")
    assert done.status == 2
    assert "P111" in done.err
    assert not (tmp_path / ".crosswalk").exists()
    assert run("run", "p.json", "--param", "name=csv").status == 0
    assert (tmp_path / "out.csv").read_text() == "a\n1\n"


def test_an_ending_that_is_nearly_one(run: Run, put: Put) -> None:
    put("p.json", _pipeline("in.cvs", "out.csv"))
    assert 'fix: did you mean an ending .csv? else say which: "format"' in run("validate", "p.json").err
