"""The peers of the benchmark write what crosswalk writes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import bench_columns
from bench_columns import ALIKE, OWN, Job, compare, jobs, measure, ratio


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment of its own: the outputs are the same in this one."""
    monkeypatch.setattr(bench_columns, "own_python", lambda: sys.executable)


@pytest.mark.parametrize("job", jobs(2_000), ids=lambda job: job.name)
def test_peers_agree(job: Job, tmp_path: Path) -> None:
    job.write(tmp_path / job.input, job.rows)
    (tmp_path / "m.json").write_text(json.dumps(job.mapping))
    compare(job, tmp_path)


def test_a_measurement_has_all_peers(tmp_path: Path) -> None:
    job = next(job for job in jobs(2_000) if job.name == "xml")
    job.write(tmp_path / job.input, job.rows)
    (tmp_path / "m.json").write_text(json.dumps(job.mapping))
    compare(job, tmp_path)
    measure(job, 2, tmp_path)
    assert {peer: len(times) for peer, times in job.times.items()} == {OWN: 2, ALIKE: 2, "python": 2}
    assert ratio(job, OWN) > 0 and ratio(job, ALIKE) > 0
    assert 5 < job.memory["python"] < 500
    assert 5 < job.memory[OWN] < 500
