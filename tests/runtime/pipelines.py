"""Helpers of the runtime tests: a project folder, and pipelines in it run here or in a process that may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosswalk import Engine
from crosswalk.runtime.pipeline import run_pipeline
from crosswalk.runtime.report import Report

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from pipelines import Project
report = Project(Path(sys.argv[1])).run()
print(report.status, report.exit_code)
sys.exit(report.exit_code)
"""


@dataclass
class LoadedPipeline:
    """The document as the specification floor gives it."""

    data: Any
    path: Path | None
    project_root: Path


MAPPING = {
    "mapping": "1",
    "name": "numbers",
    "source": {"format": "ndjson"},
    "fields": {"id": "id", "double": ["n", {"multiply": 2}]},
}


class Project:
    """A folder with `in/`, `out/`, `pipeline.json` and perhaps `numbers.mapping.json`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine()

    def pipeline(self, **members: Any) -> Project:
        """Write the pipeline: ndjson files of `in/` to one file of `out/` per run, unless told otherwise."""
        data = {
            "pipeline": "1",
            "name": "test",
            "source": {"type": "files", "url": "in/*.ndjson"},
            "sink": {"type": "files", "url": "out/out-${run.id}.ndjson"},
            "batch": {"records": 4},
            "retry": {"attempts": 3, "backoff": 0.01, "max_backoff": 0.02},
        } | members
        (self.folder / "pipeline.json").write_text(json.dumps({k: v for k, v in data.items() if v is not None}))
        return self

    def mapping(self, data: Mapping[str, Any], name: str = "m.json") -> str:
        (self.folder / name).write_text(json.dumps(data))
        return name

    def file(self, name: str, records: list[Any]) -> Path:
        """An input file; a str among the records is written as it is."""
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))
        return path

    def files(self, count: int, records: int) -> list[dict[str, int]]:
        """Several input files with numbered records; returns them all."""
        found = []
        for number in range(count):
            rows = [{"id": number * records + at, "n": at} for at in range(records)]
            self.file(f"f{number:03}.ndjson", rows)
            found += rows
        return found

    @property
    def spec(self) -> LoadedPipeline:
        path = self.folder / "pipeline.json"
        return LoadedPipeline(json.loads(path.read_text()), path, self.folder)

    def load_mapping(self, source: Any, base: Path, source_format: str | None) -> Any:
        return self.engine.mapping(source, source_format=source_format)

    def run(self, **options: Any) -> Report:
        return run_pipeline(self.spec, registry=self.engine.registry, load_mapping=self.load_mapping, **options)

    def process(self, **env: str) -> subprocess.Popen[str]:
        """A run in a process of its own."""
        code = SCRIPT.format(folder=str(Path(__file__).parent))
        return subprocess.Popen(
            [sys.executable, "-c", code, str(self.folder)],
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def killed_at(self, seam: str) -> bool:
        """Run in a process that dies at the seam (`name:n`); False when it never came by."""
        process = self.process(CROSSWALK_TEST_KILL_AT=seam)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 4, -9), errors
        return process.returncode == -9

    def out(self, pattern: str = "*.ndjson") -> list[Any]:
        """All records of the published files, in the order of the files' names."""
        return [
            json.loads(line)
            for path in sorted((self.folder / "out").glob(pattern))
            for line in path.read_text().splitlines()
        ]

    def rejects(self) -> list[Any]:
        return [
            json.loads(line)
            for path in sorted((self.folder / ".crosswalk" / "rejects").glob("*.ndjson"))
            for line in path.read_text().splitlines()
        ]
