"""The command as a process: start-up, pipes that close, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import ANY, Put

COMMAND = [sys.executable, "-c", "from crosswalk.cli import main; main()"]
HEAVY = {"pyarrow", "jsonschema", "rich", "httpx", "fsspec", "zstandard", "asyncio"}


def _imported(*args: str) -> set[str]:
    """The modules that a command loads, at least in part."""
    script = (
        "import sys, atexit; sys.argv[0] = 'crosswalk';"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); from crosswalk.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_the_version_loads_next_to_nothing() -> None:
    found = _imported("--version")
    assert not found & (HEAVY | {"orjson", "lxml", "pluggy", "json"})
    assert "click" in found


def test_help_and_map_load_nothing_heavy(put: Put, tmp_path: Path) -> None:
    put("m.json", ANY | {"source": {"format": "csv"}})
    put("in.csv", "id\n1\n")
    assert not _imported("--help") & HEAVY
    assert not _imported("map", str(tmp_path / "m.json"), str(tmp_path / "in.csv")) & (HEAVY | {"lxml"})


def test_the_version_is_quick() -> None:
    best = 9.9
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([*COMMAND, "--version"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - begun)
    assert best < 0.5, f"{best:.2f} s"  # 0.05 s alone on a machine; the limit leaves room for a busy one


def test_a_reader_that_goes_away_ends_it_quietly(put: Put, tmp_path: Path) -> None:
    put("m.json", ANY)
    put("in.ndjson", '{"id": 1}\n' * 200_000)
    with subprocess.Popen(
        [*COMMAND, "map", "m.json", "in.ndjson"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b'{"id":1}\n'
        process.stdout.close()
        errors = process.stderr.read()
        assert (process.wait(30), errors) == (1, b"")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_leaves_no_half_output(put: Put, tmp_path: Path, number: int, status: int) -> None:
    put("m.json", ANY)
    with subprocess.Popen(
        [*COMMAND, "map", "m.json", "-", "-o", "out.ndjson"],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A job in the background of a shell inherits SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b'{"id": 1}\n' * 100)
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob(".out.ndjson*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        errors = process.stderr.read()
        assert (process.wait(30), b"Traceback" in errors) == (status, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.json"]


WAITING = """
import os, signal, threading
from crosswalk.cli.command import Terminated
from crosswalk.cli.terminable import terminable

def elsewhere():
    threading.Event().wait(0.3)
    signal.pthread_kill(threading.get_ident(), signal.{name})

source, target = os.pipe()
try:
    with terminable():
        threading.Thread(target=elsewhere).start()
        os.read(source, 1)
except (Terminated, KeyboardInterrupt) as error:
    print(type(error).__name__)
print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, signal.set_wakeup_fd(-1))
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs pthread_kill")
@pytest.mark.parametrize(("name", "raised"), [("SIGTERM", "Terminated"), ("SIGINT", "KeyboardInterrupt")])
def test_a_signal_that_another_thread_gets_ends_a_read(name: str, raised: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITING.format(name=name)], capture_output=True, text=True, timeout=30, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == ([raised, "True", "-1"], "")


def test_no_colour_where_nobody_sees_it(put: Put, tmp_path: Path) -> None:
    put("m.json", "{")
    done = subprocess.run([*COMMAND, "map", "m.json"], cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert done.returncode == 2 and b"\x1b[" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("env", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal_unless_refused(put: Put, tmp_path: Path, env: dict[str, str], colour: bool) -> None:
    put("m.json", "{")
    ours, theirs = os.openpty()
    subprocess.run(
        [*COMMAND, "validate", "m.json"], cwd=tmp_path, stderr=theirs, stdout=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | env, check=False,
    )  # fmt: skip
    shown = os.read(ours, 4096)
    os.close(ours)
    os.close(theirs)
    assert b"M101" in shown and (b"\x1b[" in shown) is colour


def test_a_closed_stdout_is_an_error(put: Put, tmp_path: Path) -> None:
    put("m.json", ANY)
    put("in.ndjson", '{"id": 1}\n')
    command = [*COMMAND, "map", "m.json", "in.ndjson"]
    done = subprocess.run(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False, preexec_fn=lambda: os.close(1)
    )  # fmt: skip
    assert done.returncode == 3
    assert "error[C105]: the standard output is closed" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_told_at_the_end_in_python_s_development_mode(tmp_path: Path) -> None:
    """Finalizers that fail are told by this mode, and by Python 3.13 always."""
    (tmp_path / "m.json").write_text('{"mapping": "1", "fields": {"a": "a"}}')
    (tmp_path / "in.ndjson").write_text('{"a": 1}\n')
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "crosswalk", "map", "m.json", "in.ndjson"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, '{"a":1}\n')
    assert done.stderr.startswith("1 read, 1 written in ")
    assert done.stderr.count("\n") == 1
