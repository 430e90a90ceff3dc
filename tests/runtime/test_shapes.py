"""Batches that split and shrink, and source files that change while they are read, over a commit within the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Project


@pytest.mark.parametrize("interval", [1, 2, 3, 100])
def test_split_by_explode(tmp_path: Path, interval: int) -> None:
    mapping = {
        "mapping": "1",
        "source": {"format": "ndjson"},
        "explode": {"path": "items", "as": "item"},
        "fields": {"id": "id", "item": "$item"},
    }
    project = Project(tmp_path)
    project.pipeline(mapping=project.mapping(mapping), batch={"records": interval})
    project.file("a.ndjson", [{"id": at, "items": list(range(at))} for at in (3, 0, 1, 2)])
    report = project.run()
    assert report.error is None
    assert [(row["id"], row["item"]) for row in project.out()] == [
        (at, item) for at in (3, 0, 1, 2) for item in range(at)
    ]
    assert project.run().read == 0


@pytest.mark.parametrize("change", ["grows", "is rewritten"])
def test_a_file_that_changes_after_a_commit_within_it(tmp_path: Path, change: str) -> None:
    project = Project(tmp_path).pipeline()
    path = project.file("a.ndjson", [{"id": at} for at in range(40)])
    changed: list[Any] = []

    def on_event(event: Any) -> None:
        if event.kind == "committed" and not changed:
            changed.append(event)
            lines = path.read_text() if change == "grows" else '{"id": 1000}\n'
            path.write_text(lines + '{"id": 99}\n')

    report = project.run(on_event=on_event)
    assert report.skipped == {"changed": 1}
    again = project.run()
    assert again.status == "done"
    ids = {row["id"] for row in project.out()}
    assert ids >= ({*range(40), 99} if change == "grows" else {1000, 99})
    assert project.run().read == 0
