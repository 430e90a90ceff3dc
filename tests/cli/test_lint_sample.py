"""`crosswalk lint --sample`: paths that never match are named, with their place."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from crosswalk.cli.app import app


def test_a_path_that_never_matches_is_a_warning(tmp_path: Path) -> None:
    mapping, sample = tmp_path / "m.json", tmp_path / "in.ndjson"
    mapping.write_text(json.dumps({"mapping": "1", "fields": {"a": "item.sku", "b": "item.SKU"}}))
    sample.write_text('{"item": {"sku": "x"}}\n{"item": {}}\n')
    done = CliRunner().invoke(app, ["lint", "--json", str(mapping), "--sample", str(sample)])
    found = json.loads(done.stdout)["diagnostics"]
    assert [(d["code"], d["pointer"], d["level"]) for d in found] == [("M414", "/fields/b", "warning")]
    assert done.exit_code == 0
    strict = CliRunner().invoke(app, ["lint", "--strict", str(mapping), "--sample", str(sample)])
    assert strict.exit_code == 2


def test_a_sample_goes_with_parameters_and_a_format(tmp_path: Path) -> None:
    mapping, sample = tmp_path / "m.json", tmp_path / "sample.txt"
    params = {"shop": {"type": "string", "required": True}}
    mapping.write_text(json.dumps({"mapping": "1", "params": params, "fields": {"a": "$context.shop", "b": "sku"}}))
    sample.write_text("sku;n\nx;1\n")
    command = ["lint", str(mapping), "--sample", str(sample), "--from", '{"type": "csv", "delimiter": ";"}']
    assert "error[M206]" in CliRunner().invoke(app, command).stderr
    done = CliRunner().invoke(app, [*command, "--param", "shop=34"])
    assert (done.exit_code, done.stderr) == (0, "")
