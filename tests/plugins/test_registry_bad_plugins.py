"""Plugins that misbehave in a run: named in the error, the run ends as documented, everything else is spared."""

from __future__ import annotations

import logging
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crosswalk import (
    Batch,
    Component,
    CrosswalkError,
    Engine,
    Executor,
    PluginError,
    Report,
    Secret,
    SecretProvider,
    Sink,
    Source,
    StateBackend,
    hookimpl,
)


@dataclass
class Bad(Source):
    """Misbehaves as `how` says."""

    type = "acme.bad"
    how: str = ""

    def read(self, cursor: Any = None) -> Any:
        if self.how == "no iterator":
            return 7
        return HOWS[self.how](self)


def _raises(source: Bad) -> Iterator[Batch]:
    yield Batch.of_rows([{"n": 1}], cursor=1)
    raise KeyError("boom")


def _dicts(source: Bad) -> Iterator[Any]:
    yield {"n": 1}


def _set_cursor(source: Bad) -> Iterator[Batch]:
    yield Batch.of_rows([{"n": 1}], cursor={1, 2})


def _needs(source: Bad) -> Iterator[Batch]:
    import nonsense_xyz  # type: ignore[import-not-found]

    yield nonsense_xyz


def _disconnects(source: Bad) -> Iterator[Batch]:
    raise ConnectionResetError(104, "Connection reset by peer")
    yield


def _recurses(source: Bad) -> Iterator[Batch]:
    yield from _recurses(source)


HOWS: dict[str, Callable[[Bad], Any]] = {
    "raises": _raises, "dicts": _dicts, "set cursor": _set_cursor, "needs": _needs, "disconnects": _disconnects,
    "recurses": _recurses,
}  # fmt: skip
CLOSED: list[str] = []


class Session:
    """A writer that breaks in one of its methods."""

    def __init__(self, how: str) -> None:
        self.how = how

    def write(self, batch: Batch) -> None:
        if self.how == "write":
            raise KeyError("boom")

    def flush(self) -> None:
        if self.how == "flush":
            raise KeyError("boom")


@dataclass
class BadSink(Sink):
    """Misbehaves as `how` says."""

    type = "acme.badsink"
    how: str = ""

    def open(self) -> Any:
        if self.how == "open":
            raise KeyError("boom")
        if self.how == "no manager":
            return Session("")
        return self.session()

    @contextmanager
    def session(self) -> Iterator[Any]:
        try:
            yield object() if self.how == "no writer" else Session(self.how)
            if self.how == "end":
                raise KeyError("boom")
        finally:
            CLOSED.append("sink")


@dataclass
class BadState(StateBackend):
    """Cannot open."""

    type = "acme.badstate"

    def open(self) -> Any:
        raise KeyError("boom")


@dataclass
class Loses(Executor):
    """Loses every second result."""

    type = "acme.loses"

    def map(self, function: Any, items: Any) -> Iterator[Any]:
        for number, item in enumerate(items):
            if number % 2 == 0:
                yield function(item)


@dataclass
class BadVault(SecretProvider):
    """Gives a plain text."""

    type = "acme.vault"

    def get(self, name: str) -> Secret | None:
        return "text"  # type: ignore[return-value]


def plugin(**offers: list[type[Component]]) -> types.ModuleType:
    module = types.ModuleType("acme")
    for kind, offered in offers.items():
        setattr(module, f"crosswalk_{kind}", _hook(f"crosswalk_{kind}", offered))
    return module


def _hook(name: str, offered: Any) -> Any:
    def hook() -> Any:
        return offered

    hook.__name__ = name
    return hookimpl(hook)


ACME = plugin(sources=[Bad], sinks=[BadSink], state_backends=[BadState], executors=[Loses], secret_providers=[BadVault])


def run(folder: Path, **parts: Any) -> Report:
    (folder / "in.ndjson").write_text('{"n":1}\n{"n":2}\n', "utf-8")
    document = {
        "pipeline": "1",
        "name": "p",
        "source": {"type": "files", "url": str(folder / "in.ndjson")},
        "sink": {"type": "files", "url": str(folder / "out.ndjson")},
        "rejects": {"type": "files", "url": str(folder / "rejects.ndjson")},
        "state": {"type": "memory"},
        "retry": {"attempts": 1},
    }
    return Engine(ACME).run(document | parts)


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("raises", "X105", "the source 'acme.bad' broke in read: KeyError: 'boom'"),
        ("recurses", "X105", "the source 'acme.bad' broke in read: RecursionError"),
        ("dicts", "X108", "the source 'acme.bad' gave a value of type dict in read, not batches"),
        ("no iterator", "X108", "the source 'acme.bad' returned a value of type int from read, not batches"),
        ("set cursor", "X108", "the source 'acme.bad' gave a cursor that is no JSON value"),
        ("needs", "X109", "the source 'acme.bad' needs nonsense_xyz, which is not installed"),
        ("disconnects", "C105", "the source 'acme.bad': Connection reset by peer"),
    ],
)
def test_a_source_that_misbehaves(tmp_path: Path, how: str, code: str, message: str) -> None:
    report = run(tmp_path, source={"type": "acme.bad", "how": how})
    assert report.status == "failed"
    assert report.exit_code != 0
    assert report.error is not None
    assert report.error["code"] == code
    assert message in report.error["message"]
    assert not (tmp_path / "out.ndjson").exists()


def test_the_error_says_where(tmp_path: Path) -> None:
    report = run(tmp_path, source={"type": "acme.bad", "how": "raises"})
    assert report.error is not None
    assert report.error["notes"][0] == f"plugin: {__name__}"
    assert "test_registry_bad_plugins.py" in report.error["notes"][1]
    assert report.error["notes"][1].endswith("in _raises")


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("open", "X105", "the sink 'acme.badsink' broke in open: KeyError: 'boom'"),
        ("write", "X105", "the sink 'acme.badsink' broke in write: KeyError"),
        ("flush", "X105", "the sink 'acme.badsink' broke in flush: KeyError"),
        ("end", "X105", "the sink 'acme.badsink' broke in its end: KeyError"),
        ("no manager", "X108", "returned a value of type Session from open, which is no context manager"),
        ("no writer", "X108", "opened a value of type object, which has no write()"),
    ],
)
def test_a_sink_that_misbehaves(tmp_path: Path, how: str, code: str, message: str) -> None:
    CLOSED.clear()
    report = run(tmp_path, sink={"type": "acme.badsink", "how": how})
    assert report.status == "failed"
    assert report.error is not None
    assert report.error["code"] == code
    assert message in report.error["message"]
    assert ([] if how in ("open", "no manager") else ["sink"]) == CLOSED


def test_a_state_backend_that_breaks(tmp_path: Path) -> None:
    with pytest.raises(CrosswalkError, match=r"state backend 'acme.badstate' broke in open: KeyError"):
        run(tmp_path, state={"type": "acme.badstate"})


def test_an_executor_that_loses_results_is_caught(tmp_path: Path) -> None:
    from crosswalk.runtime.guard import in_order

    with pytest.raises(PluginError, match=r"the executor 'acme.loses' gave 1 results for 2 batches"):
        list(in_order(Loses(), lambda item: item, iter("ab")))
    with pytest.raises(PluginError, match=r"the executor 'acme.loses' gave its results out of order"):
        list(in_order(Loses(), lambda item: item, iter("abc")))


def test_a_secret_provider_that_gives_a_text(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"the secret provider 'acme.vault' gave no Secret"):
        run(tmp_path, secrets=[{"type": "acme.vault"}], source={"type": "files", "url": "${secret:X}"})


def test_a_session_is_closed_when_another_part_fails(tmp_path: Path) -> None:
    closed: list[str] = []

    def watched(source: Bad) -> Iterator[Batch]:
        try:
            yield Batch.of_rows([{"n": 1}], cursor=1)
            yield Batch.of_rows([{"n": 2}], cursor=2)
        finally:
            closed.append("source")

    HOWS["watched"] = watched
    report = run(tmp_path, source={"type": "acme.bad", "how": "watched"}, sink={"type": "acme.badsink", "how": "write"})
    assert report.status == "failed"
    assert closed == ["source"]


def test_the_traceback_is_logged_for_those_who_ask(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "crosswalk.plugins"):
        run(tmp_path, source={"type": "acme.bad", "how": "raises"})
    assert any(record.exc_info and "acme.bad" in record.getMessage() for record in caplog.records)


NOISY = '''
import os, subprocess, sys
from dataclasses import dataclass
from crosswalk import Batch, Source, hookimpl
@dataclass
class Noisy(Source):
    """Prints."""
    type = "acme.noisy"
    def read(self, cursor=None):
        print("reading", "it!")
        os.write(1, b"from C\\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
        yield Batch.of_rows([{"n": 1}], cursor=1)
@hookimpl
def crosswalk_sources(): return [Noisy]
'''


def test_prints_do_not_spoil_the_records_on_stdout(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(NOISY, "utf-8")
    info = tmp_path / "noisy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: noisy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[crosswalk]\nnoisy = noisy\n")
    (tmp_path / "p.json").write_text(
        '{"pipeline":"1","source":{"type":"acme.noisy"},"sink":{"type":"stdout"},"state":{"type":"memory"}}'
    )
    code = "import sys; sys.path.insert(0, '.'); from crosswalk.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "p.json"],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == '{"n":1}\n'
    assert "warning: noisy printed to stdout: reading it!\n" in done.stderr
    assert "from C\nfrom a child\n" in done.stderr


def test_what_a_resolver_prints_for_every_record_is_shown_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    from crosswalk.cli.stray import guarded_stdout

    code = compile("for n in range(1000): print('record', n)\nprint('end', end='')", "noisy.py", "exec")
    with guarded_stdout():
        exec(code, {"__name__": "noisy"})
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[0] == "warning: noisy printed to stdout: record 0"
    assert lines[-1] == "warning: noisy printed 981 more lines to stdout"
    assert len(lines) == 21
