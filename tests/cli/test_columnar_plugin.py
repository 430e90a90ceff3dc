"""Resolvers of a plugin over columns: by their `vector`, else once per distinct value, and as the plan says."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Put, Run

CODE = '''
import sys
from crosswalk import hookimpl, resolver
import pyarrow.compute as pc

@resolver("acme.fast", vector=lambda array: (pc.utf8_upper(array), pc.string_is_ascii(array)))
def fast(value: str) -> str:
    """Upper case."""
    print("fast", value, file=sys.stderr)
    return value.upper()

@resolver("acme.slow")
def slow(value: str) -> str:
    """Lower case."""
    print("slow", value, file=sys.stderr)
    return value.lower()

@hookimpl
def crosswalk_resolvers():
    return [fast, slow]
'''


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Put) -> None:
    home = tmp_path.with_name(f"{tmp_path.name}-site")
    info = home / "acme_fast-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-fast\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[crosswalk]\nacme = acme_fast\n")
    (home / "acme_fast.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(home))
    monkeypatch.delitem(__import__("sys").modules, "acme_fast", raising=False)
    put("m.json", {"mapping": "1", "name": "m", "fields": {"f": ["n", "acme.fast"], "s": ["n", "acme.slow"]}})
    put("in.csv", "n,k\nAb,1\nß,2\nAb,3\nAb,4\n")


def test_both_back_ends_give_the_same(run: Run) -> None:
    row, columnar = (run("map", "m.json", "in.csv", "--engine", engine) for engine in ("row", "columnar"))
    assert row.status == columnar.status == 0
    assert columnar.out == row.out
    assert row.out.splitlines()[1] == '{"f":"SS","s":"ß"}'
    calls = [[line for line in done.err.splitlines() if line[:4] in ("fast", "slow")] for done in (row, columnar)]
    assert sorted(calls[0]) == sorted(["fast Ab", "slow Ab"] * 3 + ["fast ß", "slow ß"])
    # Once for each distinct value; the record that the vector is not sure of goes through the row function.
    assert sorted(calls[1]) == ["fast ß", "slow Ab", "slow ß", "slow ß"]


def test_the_plan_says_so(run: Run) -> None:
    plan = run("explain", "m.json", "--plan", "--json").json
    assert {field["target"]: field["runs"] for field in plan["fields"]} == {
        "f": "guarded kernel", "s": "per distinct value",
    }  # fmt: skip
    (slow,) = plan["fields"][1]["slow"]
    assert "acme.slow" in slow["reason"]
    assert "`vector`" in slow["advice"]
