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
