"""Rejects: listed, shown, and replayed through a corrected mapping, once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk import UsageError
from crosswalk.runtime.open_rejects import list_rejects, show_reject
from crosswalk.runtime.replay import replay

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project

CORRECTED = MAPPING | {"fields": {"id": "id", "double": "n"}}


def _options(project: Project) -> dict[str, Any]:
    return {"registry": project.engine.registry, "load_mapping": project.load_mapping}


@pytest.fixture(params=["files", "sqlite"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    project = Project(tmp_path)
    rejects = {"type": "sqlite", "path": "rejects.db", "table": "rejects"} if request.param == "sqlite" else None
    project.pipeline(mapping=project.mapping(MAPPING), rejects=rejects)
    project.file("a.ndjson", [{"id": 1, "n": "x"}, {"id": 2, "n": 2}, "{broken", {"id": 3, "n": "y"}])
    assert project.run().rejected == 3
    return project


def test_list_and_show(project: Project) -> None:
    found = list_rejects(project.spec, **_options(project))
    assert [reject["status"] for reject in found] == ["open"] * 3
    assert [reject["record"]["id"] for reject in found if "record" in reject] == [1, 3]
    shown = show_reject(project.spec, found[0]["id"][:10], **_options(project))
    assert shown["errors"][0]["field"] == "double"
    with pytest.raises(UsageError, match="P132"):
        show_reject(project.spec, "zz", **_options(project))


def test_replay_closes_what_succeeds_and_is_idempotent(project: Project) -> None:
    same = replay(project.spec, **_options(project))
    assert (same.closed, same.open, same.unreadable, same.exit_code) == (0, 2, 1, 4)
    project.mapping(CORRECTED)
    first = replay(project.spec, **_options(project))
    assert (first.closed, first.open, first.unreadable, first.written) == (2, 0, 1, 2)
    assert sorted(row["id"] for row in project.out()) == [1, 2, 3]
    again = replay(project.spec, **_options(project))
    assert (again.closed, again.skipped, again.written) == (0, 2, 0)
    assert sorted(row["id"] for row in project.out()) == [1, 2, 3]
    assert len(list_rejects(project.spec, **_options(project))) == 1
    assert len(list_rejects(project.spec, closed=True, **_options(project))) == 3


def test_replay_before_any_run(tmp_path: Path) -> None:
    project = Project(tmp_path).pipeline()
    with pytest.raises(Exception, match="S112"):
        replay(project.spec, **_options(project))


@pytest.mark.parametrize("scope", ["source", "batch"])
def test_rejects_of_groups_are_replayed_as_groups(tmp_path: Path, scope: str) -> None:
    project = Project(tmp_path)
    grouped = {
        "mapping": "1",
        "source": {"format": "ndjson"},
        "group": {"by": ["k"], "scope": scope},
        "fields": {"k": "k", "n": {"each": "$rows", "value": ["n", "int"]}},
    }
    project.pipeline(mapping=project.mapping(grouped), batch={"records": 100})
    rows = [("a", "1"), ("b", "x"), ("a", "2"), ("b", "3"), ("c", "y")]
    project.file("a.ndjson", [{"k": k, "n": n} for k, n in rows])
    report = project.run()
    assert (report.written, report.rejected) == (1, 3)
    same = replay(project.spec, **_options(project))
    assert (same.closed, same.open, same.written) == (0, 3, 0)
    assert same.findings[0]["code"] == "M310"
    number = ["n", {"replace": {"find": "x", "with": "9"}}, "int"]
    project.mapping(grouped | {"fields": {"k": "k", "n": {"each": "$rows", "value": number}}})
    with pytest.raises(UsageError, match="P134"):
        replay(project.spec, only=list_rejects(project.spec, **_options(project))[0]["id"], **_options(project))
    first = replay(project.spec, **_options(project))
    assert (first.closed, first.open, first.written, first.exit_code) == (2, 1, 1, 4)
    assert project.out() == [{"k": "a", "n": [1, 2]}, {"k": "b", "n": [9, 3]}]
    again = replay(project.spec, **_options(project))
    assert (again.closed, again.open, again.skipped, again.written) == (0, 1, 2, 0)
