"""What the tests of the command line share: a folder to work in, files in it, and `run` for one command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crosswalk.cli.app import app


@dataclass
class Outcome:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as the one document that `--json` prints."""
        return json.loads(self.out)

    @property
    def records(self) -> list[Any]:
        """stdout as NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]
Put = Callable[..., Path]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call a command in an empty folder; an exception that is no exit fails the test."""
    monkeypatch.chdir(tmp_path)

    def call(*args: str, input: str | bytes | None = None) -> Outcome:
        result = CliRunner().invoke(app, [str(arg) for arg in args], input=input, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a file into the folder: text, bytes, or anything else as JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write


ORDERS = {
    "mapping": "1",
    "name": "orders",
    "source": {"format": "csv"},
    "fields": {"id": ["No", "int"], "sku": {"source": "SKU", "resolve": ["trim", "upper"], "required": True}},
}
"""A mapping for CSV with the columns No and SKU."""

ANY = {"mapping": "1", "name": "any", "fields": {"id": "id"}}
"""A mapping for any format."""


@pytest.fixture
def orders(put: Put) -> Put:
    """The mapping `m.json` and the input `in.csv` with one bad row of three."""
    put("m.json", ORDERS)
    put("in.csv", "No,SKU\n1, ab \nx,cd\n3,ef\n")
    return put
