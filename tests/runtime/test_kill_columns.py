"""Killed while blocks of columns are mapped ahead on threads: after re-runs the output is the uninterrupted run's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Project

MAPPING = {
    "mapping": "1",
    "name": "wide",
    "source": {"format": "csv"},
    "fields": {"n": ["n", "int"], "t": ["t", "trim", "upper"]},
}
ROWS = 120_000
ODD = {7, 40_000, 40_001, 99_999}


def _project(folder: Path) -> Project:
    project = Project(folder)
    mapping = project.mapping(MAPPING)
    project.pipeline(mapping=mapping, source={"type": "files", "url": "in/*.csv"}, batch={"records": 20_000})
    (folder / "in").mkdir(exist_ok=True)
    lines = (f"{'x' if row in ODD else row}, some text of row {row} \n" for row in range(ROWS))
    (folder / "in" / "a.csv").write_text("n,t\n" + "".join(lines))
    return project


@pytest.mark.parametrize(
    "seam", ["after_read:4", "after_write:2", "before_flush:2", "after_flush:2", "before_put:3", "after_put:2"]
)
def test_killed_and_run_again(tmp_path: Path, seam: str) -> None:
    project = _project(tmp_path)
    assert project.killed_at(seam)
    report = project.run()
    assert report.status == "done"
    found = project.out()
    assert [row["n"] for row in found] == [row for row in range(ROWS) if row not in ODD]
    assert found[-1]["t"] == f"SOME TEXT OF ROW {ROWS - 1}"


def test_blocks_are_mapped_by_columns(tmp_path: Path) -> None:
    """Else the tests above would be about rows."""
    project = _project(tmp_path)
    mapper = project.engine.mapping(MAPPING)
    with (tmp_path / "in" / "a.csv").open("rb") as stream:
        first = next(iter(project.engine.registry.formats["csv"]().decode(stream, mapper.read_options)))
    assert first.may_be_columnar
    assert mapper.apply(first).batches[""].pieces[0].is_columnar
