"""Killed while blocks of columns are mapped ahead on threads: after re-runs the output is the uninterrupted run's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Project

SOURCES = {
    "csv": {"format": "csv"},
    "xml": {"format": "xml", "record": "/rows/row"},
}
ROWS = 120_000
ODD = {7, 40_000, 40_001, 99_999}
TEXTS = {
    "csv": ("n,t\n", "{}, some text of row {} \n", ""),
    "xml": ("<rows>\n", "<row><n>{}</n><t> some text of row {} </t></row>\n", "</rows>"),
}


def _mapping(format: str) -> dict[str, Any]:
    fields = {"n": ["n", "int"], "t": ["t", "trim", "upper"]}
    return {"mapping": "1", "name": "wide", "source": SOURCES[format], "fields": fields}


def _project(folder: Path, format: str) -> Project:
    project = Project(folder)
    mapping = project.mapping(_mapping(format))
    project.pipeline(mapping=mapping, source={"type": "files", "url": "in/*"}, batch={"records": 20_000})
    (folder / "in").mkdir(exist_ok=True)
    start, line, end = TEXTS[format]
    lines = (line.format("x" if row in ODD else row, row) for row in range(ROWS))
    (folder / "in" / f"a.{format}").write_text(start + "".join(lines) + end)
    return project


@pytest.mark.parametrize("format", ["csv", "xml"])
@pytest.mark.parametrize(
    "seam", ["after_read:4", "after_write:2", "before_flush:2", "after_flush:2", "before_put:3", "after_put:2"]
)
def test_killed_and_run_again(tmp_path: Path, format: str, seam: str) -> None:
    project = _project(tmp_path, format)
    assert project.killed_at(seam)
    report = project.run()
    assert report.status == "done"
    found = project.out()
    assert [row["n"] for row in found] == [row for row in range(ROWS) if row not in ODD]
    assert found[-1]["t"] == f"SOME TEXT OF ROW {ROWS - 1}"


@pytest.mark.parametrize("format", ["csv", "xml"])
def test_blocks_are_mapped_by_columns(tmp_path: Path, format: str) -> None:
    """Else the tests above would be about rows."""
    project = _project(tmp_path, format)
    mapper = project.engine.mapping(_mapping(format))
    with (tmp_path / "in" / f"a.{format}").open("rb") as stream:
        first = next(iter(project.engine.registry.formats[format]().decode(stream, mapper.read_options)))
    assert first.may_be_columnar
    assert mapper.apply(first).batches[""].pieces[0].is_columnar
