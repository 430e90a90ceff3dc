"""A failing run whose connector tells its password: the value is nowhere, whichever provider it came from."""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
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


def _needed(name: str) -> Any:
    """An optional package; where CI says that everything must be there, its absence is a failure."""
    if os.environ.get("CROSSWALK_REQUIRE_SERVICES"):
        return importlib.import_module(name)
    return pytest.importorskip(name)


def _in_memory(keyring: Any) -> Any:
    """A keyring that keeps its passwords in memory."""

    class Memory(keyring.backend.KeyringBackend):  # type: ignore[misc]
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self._held: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self._held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self._held[service, username] = password

    return Memory()


@pytest.fixture(params=["env", "file", "keyring"])
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The secret DB_PASSWORD is with this provider, and with no other."""
    monkeypatch.setenv("CROSSWALK_SECRETS", str(tmp_path / "secrets"))
    if request.param == "env":
        monkeypatch.setenv("DB_PASSWORD", VALUE)
    elif request.param == "file":
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "DB_PASSWORD").write_text(VALUE + "\n")
    else:
        keyring = _needed("keyring")
        before = keyring.get_keyring()
        keyring.set_keyring(_in_memory(keyring))
        keyring.set_password("crosswalk", "DB_PASSWORD", VALUE)
    yield request.param
    if request.param == "keyring":
        keyring.set_keyring(before)


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What OpenTelemetry would send, kept in memory."""
    trace, sdk = _needed("opentelemetry.trace"), _needed("opentelemetry.sdk.trace")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    found, tracers = InMemorySpanExporter(), sdk.TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(found))
    monkeypatch.setattr(trace, "get_tracer", tracers.get_tracer)
    return found


def test_the_value_is_nowhere(tmp_path: Path, provider: str, exporter: Any, capfd: pytest.CaptureFixture[str]) -> None:
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
