"""A failing run whose connector tells its password: the value is nowhere, whichever provider it came from."""

from __future__ import annotations

import io
import json
import logging
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crosswalk import Batch, ConnectorError, Engine, Secret, Sink, Writer, hookimpl
from crosswalk.runtime.logs import log_to

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import MAPPING, Project

VALUE = "hunter2hunter2"


@dataclass(frozen=True)
class TellingSink(Sink):
    """Takes records, and tells its password when it flushes them."""

    type: ClassVar[str] = "telling"
    password: Secret

    @contextmanager
    def open(self) -> Iterator[Writer]:
        yield self

    def write(self, batch: Batch) -> None:
        """Takes all."""

    def flush(self) -> None:
        raise ConnectorError("C998", f"login with {self.password.reveal()} refused", kind="auth")


plugin: Any = types.ModuleType("telling_plugin")
plugin.crosswalk_sinks = hookimpl(lambda: [TellingSink], specname="crosswalk_sinks")


def _store(provider: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    if provider == "env":
        monkeypatch.setenv("DB_PASSWORD", VALUE)
    elif provider == "file":
        folder.mkdir()
        (folder / "DB_PASSWORD").write_text(VALUE + "\n")
        monkeypatch.setenv("CROSSWALK_SECRETS", str(folder))
    else:
        keyring = pytest.importorskip("keyring")
        monkeypatch.setattr(keyring, "get_password", lambda service, name: VALUE if name == "DB_PASSWORD" else None)


def _spans(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What OpenTelemetry would send, in a list."""
    trace = pytest.importorskip("opentelemetry.trace")
    sdk = pytest.importorskip("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


@pytest.mark.parametrize("provider", ["env", "file", "keyring"])
def test_the_value_is_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], provider: str
) -> None:
    _store(provider, monkeypatch, tmp_path / "secrets")
    exporter = _spans(monkeypatch)
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder)
    sink = {"type": "telling", "password": "x-${secret:DB_PASSWORD}"}
    project.pipeline(mapping=project.mapping(MAPPING), sink=sink)
    project.engine = Engine(plugin)
    project.file("a.ndjson", [{"id": 1, "n": "x"}, {"id": 2, "n": 2}])
    log, events = io.StringIO(), []
    handler = log_to(log, "json", logging.DEBUG)
    try:
        report = project.run(on_event=events.append, metrics=str(folder / "crosswalk.prom"))
    finally:
        logging.getLogger("crosswalk").removeHandler(handler)
    assert report.error is not None
    assert "***" in report.error["message"]
    assert "C998" in log.getvalue()
    (span,) = exporter.get_finished_spans()
    assert span.attributes["crosswalk.status"] == "failed"
    assert span.attributes["crosswalk.pipeline"] == "test"
    assert span.status.description == "C998"
    assert (folder / "crosswalk.prom").exists()
    assert (folder / ".crosswalk" / "state.db").exists()
    texts = [json.dumps(report.to_dict()), repr(events), log.getvalue(), span.to_json(), *capfd.readouterr()]
    texts += [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
    assert not [text for text in texts if VALUE in text]
