"""Commands over plugins that break: plugin, component and method are named, nothing else is drawn in, no traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from crosswalk import CrosswalkError, Executor, PluginError
from crosswalk.plugin.missing import missing_packages
from crosswalk.runtime.guard import in_order

from .conftest import Put, Run

sys.path.append(str(Path(__file__).parent))
import bad_plugin

PIPELINE = {
    "pipeline": "1",
    "name": "p",
    "source": {"type": "files", "url": "in.ndjson"},
    "sink": {"type": "files", "url": "out.ndjson"},
    "rejects": {"type": "files", "url": "rejects.ndjson"},
    "retry": {"attempts": 1},
}


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Put) -> None:
    home = tmp_path.with_name(f"{tmp_path.name}-site")
    info = home / "acme_bad-0.1.dist-info"
    info.mkdir(parents=True)
    requires = 'Requires-Dist: far-away-client>=2; extra == "far"\nRequires-Dist: click; extra == "far"\n'
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-bad\nVersion: 0.1\n{requires}")
    (info / "entry_points.txt").write_text("[crosswalk]\nacme = bad_plugin\n")
    monkeypatch.syspath_prepend(str(home))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    put("in.ndjson", '{"n":1}\n')


def _told(err: str, code: str, message: str) -> None:
    assert f"error[{code}]: {message}" in err
    assert "plugin: acme (acme-bad 0.1)" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("how", ["open", "get", "scan", "transact"])
def test_a_state_that_breaks_in_a_run(run: Run, put: Put, how: str) -> None:
    put("p.json", PIPELINE | {"state": {"type": "acme.state", "how": how}})
    done = run("run", "p.json")
    _told(done.err, "X105", f"the state backend 'acme.state' broke in {how}: KeyError: 'boom'")
    assert done.status == 3


@pytest.mark.parametrize("how", ["open", "get"])
@pytest.mark.parametrize("command", [("state", "unlock"), ("state", "show"), ("rejects", "replay")])
def test_commands_that_repair_a_state_that_breaks(run: Run, put: Put, command: tuple[str, str], how: str) -> None:
    sink = {"type": "files", "url": "out-${run.id}.ndjson"}
    put("p.json", PIPELINE | {"state": {"type": "acme.state", "how": how}, "sink": sink})
    done = run(*command, "p.json")
    _told(done.err, "X105", f"the state backend 'acme.state' broke in {how}: KeyError: 'boom'")
    assert done.status == 3


@pytest.mark.parametrize("command", [("state", "list"), ("state", "verify"), ("runs",), ("rejects", "list")])
def test_commands_that_look_into_a_state_that_breaks(run: Run, put: Put, command: tuple[str, ...]) -> None:
    put("p.json", PIPELINE | {"state": {"type": "acme.state", "how": "scan"}})
    done = run(*command, "p.json")
    _told(done.err, "X105", "the state backend 'acme.state' broke in scan: KeyError: 'boom'")
    assert done.status == 3


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("get gives a dict", "X108", "gave a value of type dict in get, not an Entry"),
        ("transact gives nothing", "X108", "returned None from transact"),
    ],
)
def test_a_state_that_gives_the_wrong_type(run: Run, put: Put, how: str, code: str, message: str) -> None:
    put("p.json", PIPELINE | {"state": {"type": "acme.state", "how": how}})
    done = run("run", "p.json")
    _told(done.err, code, f"the state backend 'acme.state' {message}")
    assert done.status == 3


def test_a_state_that_cannot_be_reached(run: Run, put: Put) -> None:
    put("p.json", PIPELINE | {"state": {"type": "acme.state", "how": "get: no network"}})
    done = run("run", "p.json")
    assert "error[S106]: the state backend 'acme.state': Connection reset by peer" in done.err
    assert done.status == 3


def test_doctor_spares_the_others(run: Run, put: Put) -> None:
    broken = {"state": {"type": "acme.state", "how": "get"}, "sink": {"type": "acme.sink"}}
    put("p.json", PIPELINE | broken | {"source": {"type": "acme.source", "how": "read"}})
    done = run("doctor", "p.json")
    assert done.status == 3
    for line in (
        "FAIL state: X105: the state backend 'acme.state' broke in get: KeyError: 'boom'; plugin: acme (acme-bad 0.1)",
        "FAIL source 0 (acme.source): X105: the source 'acme.source' broke in read: KeyError",
        "FAIL sink acme.sink: X105: the sink 'acme.sink' broke in probe: KeyError",
        "ok   guarantee: at_least_once",
    ):
        assert line in done.out


@pytest.mark.parametrize("command", [("preview", "p.json"), ("run", "p.json", "--dry-run"), ("run", "p.json")])
def test_a_source_that_breaks(run: Run, put: Put, command: tuple[str, ...]) -> None:
    put("p.json", PIPELINE | {"source": {"type": "acme.source", "how": "read"}})
    done = run(*command)
    _told(done.err, "X105", "the source 'acme.source' broke in read: KeyError: 'boom'")
    assert done.status == 3


@pytest.mark.parametrize(
    ("path", "command", "code", "message"),
    [
        ("compile", "map", "X105", "the path language 'acmepath' broke in compile: KeyError: 'boom'"),
        ("lint", "map", "X105", "the path language 'acmepath' broke in lint: KeyError: 'boom'"),
        ("nothing", "map", "X108", "the path language 'acmepath' returned None from compile"),
        ("value", "map", "X105", """the path language "acmepath" broke in value of "value": KeyError: 'boom'"""),
        ("reads", "graph", "X105", "the path language 'acmepath' broke in reads: KeyError: 'boom'"),
    ],
)
def test_a_path_language_that_breaks(run: Run, put: Put, path: str, command: str, code: str, message: str) -> None:
    put("m.json", {"mapping": "1", "name": "m", "source": {"paths": "acmepath"}, "fields": {"n": path}})
    done = run(command, "m.json", *(["in.ndjson"] if command == "map" else []))
    _told(done.err, code, message)
    assert done.status == 3


def test_a_path_language_that_breaks_in_a_condition(run: Run, put: Put) -> None:
    mapping = {"mapping": "1", "name": "m", "source": {"paths": "acmepath"}, "fields": {"n": "n"}}
    put("m.json", mapping | {"filter": {"value": 1}})
    done = run("map", "m.json", "in.ndjson")
    _told(done.err, "X105", 'the path language "acmepath" broke in value of "value"')


def test_validate_spares_the_other_files(run: Run, put: Put) -> None:
    put("bad.json", {"mapping": "1", "name": "m", "source": {"paths": "acmepath"}, "fields": {"n": "compile"}})
    put("good.json", {"mapping": "1", "name": "m", "fields": {"n": "n"}})
    done = run("validate", "bad.json", "good.json")
    assert done.out == "bad.json: 1 error\ngood.json: ok\n"
    _told(done.err, "X105", "the path language 'acmepath' broke in compile")


@pytest.mark.parametrize("engine", ["row", "columnar"])
def test_a_resolver_that_breaks(run: Run, put: Put, engine: str) -> None:
    put("m.json", {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.boom"]}})
    done = run("map", "m.json", "in.ndjson", "--engine", engine)
    _told(done.err, "X105", """the resolver "acme.boom" broke on a value: KeyError: 'boom'""")
    assert "at /fields/n/1 (field n)" in done.err
    assert done.status == 3


def test_the_traceback_comes_on_request(run: Run, put: Put) -> None:
    put("m.json", {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.boom"]}})
    done = run("map", "m.json", "in.ndjson", "-vv")
    assert "Traceback (most recent call last)" in done.err
    assert "in boom" in done.err


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("exit", "X105", "the source 'acme.source' broke in read: SystemExit: 0"),
        ("one record", "X105", "the source 'acme.source' broke in read: TypeError: of_rows takes a list of records"),
        ("few numbers", "X105", "the source 'acme.source' broke in read: ValueError: 1 records need as many numbers"),
        ("bad texts", "X105", "the source 'acme.source' broke in read: TypeError: `bad` takes BadRecords"),
        ("a table", "X105", "the source 'acme.source' broke in read: TypeError: of_arrow takes a pyarrow.RecordBatch"),
        ("nan", "X108", "the source 'acme.source' gave a cursor that is no JSON value"),
    ],
)
def test_sources_that_give_what_is_no_batch(run: Run, put: Put, how: str, code: str, message: str) -> None:
    put("p.json", PIPELINE | {"source": {"type": "acme.source", "how": how}})
    done = run("run", "p.json")
    _told(done.err, code, message)
    assert code == "X108" or "bad_plugin.py:" in done.err  # the place is the plugin's, not crosswalk's
    assert done.status == 3


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ("exit", "X105", "the sink 'acme.odd' broke in write: SystemExit: 0"),
        ("bind", "X108", "the sink 'acme.odd' returned None from bind, not a sink"),
        ("delivery", "X108", "the sink 'acme.odd' gave 'exactly once' in delivery, which is no way to deliver"),
        ("check", "X108", "the sink 'acme.odd' returned None from check, not a list of sentences"),
    ],
)
def test_sinks_that_give_the_wrong_thing(run: Run, put: Put, how: str, code: str, message: str) -> None:
    put("p.json", PIPELINE | {"sink": {"type": "acme.odd", "how": how}})
    for command in ("run", *(("validate",) if how != "exit" else ())):
        _told(run(command, "p.json").err, code, message)
    assert run("run", "p.json").status == 3


READS = [
    ("decode", "X105", "the format 'acme.format' broke in batches: KeyError: 'boom'"),
    ("exit", "X105", "the format 'acme.format' broke in batches: SystemExit: 0"),
    ("nothing", "X108", "the format 'acme.format' returned None from decode, not batches"),
    ("dicts", "X108", "the format 'acme.format' gave a value of type dict in decode, not batches"),
]
WRITES = [
    ("encoder", "X105", "the format 'acme.format' broke in encoder: KeyError: 'boom'"),
    ("no encoder", "X108", "the format 'acme.format' returned None from encoder"),
    ("write", "X105", "the {} broke in write: KeyError: 'boom'"),
    ("finish", "X105", "the {} broke in finish: KeyError: 'boom'"),
]


@pytest.mark.parametrize(("how", "code", "message"), READS)
def test_a_format_that_breaks_when_read(run: Run, put: Put, how: str, code: str, message: str) -> None:
    put("in.acme", "x")
    form = {"type": "acme.format", "how": how}
    put("p.json", PIPELINE | {"source": {"type": "files", "url": "in.acme", "format": form}})
    put("m.json", {"mapping": "1", "name": "m", "source": {"format": form}, "fields": {"n": "n"}})
    for command in (("run", "p.json"), ("preview", "p.json"), ("map", "m.json", "in.acme")):
        done = run(*command)
        _told(done.err, code, message if command[0] != "map" else message.replace("batches: ", "decode: "))
        assert done.status == 3


@pytest.mark.parametrize(("how", "code", "message"), WRITES)
def test_a_format_that_breaks_when_written(run: Run, put: Put, how: str, code: str, message: str) -> None:
    form = {"type": "acme.format", "how": how}
    put("p.json", PIPELINE | {"sink": {"type": "files", "url": "out.acme", "format": form}})
    put("m.json", {"mapping": "1", "name": "m", "target": {"format": form}, "fields": {"n": "n"}})
    done = run("run", "p.json")
    _told(done.err, code, message.format("encoder 'BadEncoder'"))
    assert done.status == 3
    done = run("map", "m.json", "in.ndjson", "-o", "out.acme")
    _told(done.err, code, message.format("format 'acme.format'"))
    assert done.status == 3
    assert not Path("out.acme").exists()


def test_a_file_that_a_format_misses_is_not_the_source_s(run: Run, put: Put) -> None:
    put("in.acme", "x")
    form = {"type": "acme.format", "how": "other file"}
    put("p.json", PIPELINE | {"source": {"type": "files", "url": "in.acme", "format": form}})
    done = run("run", "p.json")
    assert "/nonexistent/acme" in done.err
    assert "gone" not in done.err
    assert done.status == 1


@pytest.mark.parametrize("engine", ["row", "columnar"])
def test_a_resolver_that_ends_the_process(run: Run, put: Put, engine: str) -> None:
    put("in.csv", "n,k\n1,2\n")
    put("m.json", {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.exit"], "k": "k"}})
    done = run("map", "m.json", "in.csv", "--engine", engine)
    _told(done.err, "X105", 'the resolver "acme.exit" broke on a value: RuntimeError: it tried to end the process')
    assert "bad_plugin.py:" in done.err and "in ends" in done.err
    assert done.status == 3
    put("m.json", {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.exits"], "k": "k"}})
    if engine == "columnar":
        done = run("map", "m.json", "in.csv", "--engine", engine)
        _told(done.err, "X105", "the resolver 'acme.exits' broke in its columnar form: SystemExit: 0")


def test_a_plugin_that_is_interrupted_while_it_is_loaded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("crosswalk.plugin.entry_points.EntryPoint.load", interrupted)
    done = run("plugins")
    assert done.status == 130
    assert done.err == "interrupted while the plugin acme (acme-bad 0.1) was loaded\n"


def test_a_command_that_breaks_is_named(run: Run) -> None:
    done = run("acme-boom")
    _told(done.err, "X105", "the command 'acme-boom' broke: KeyError: 'boom'")
    assert "bad_plugin.py" in done.err
    assert done.status == 3
    done = run("acme-boom", "--how", "told")
    assert "error[U100]: no orders" in done.err
    assert done.status == 2
    assert "error[U101]: no such option '--hwo'" in run("acme-boom", "--hwo").err
    assert run("acme", "twice").out == "acme acme\n"


def test_a_command_with_a_name_of_ours_is_left_out(run: Run) -> None:
    done = run("--help")
    assert done.err == "warning: the command 'run' of acme (acme-bad 0.1) is left out: crosswalk has one of that name\n"
    assert done.out.count("Run a pipeline.") == 1
    assert "Has a name" not in done.out
    shown = run("plugins", "show", "acme", "--json").json["plugin"]
    assert shown["offers"]["commands"] == ["acme", "acme-boom", "run"]


def test_what_is_left_open_is_named_on_request(run: Run, put: Put) -> None:
    leaks = {"source": {"type": "acme.source", "how": "leak"}, "sink": {"type": "acme.sink", "leak": True}}
    put("p.json", PIPELINE | leaks)
    for verbose in ((), ("-v",), ("-vv",)):
        done = run("run", "p.json", "--reprocess", "*", *verbose)
        assert done.status == 0
        told = [line.partition("WARNING ")[2] for line in done.err.splitlines() if "left open" in line]
        if verbose != ("-vv",):
            assert told == []
    assert told == [
        f"the source 'acme.source' left open: {bad_plugin.__file__}; plugin: acme (acme-bad 0.1)",
        "the sink 'acme.sink' left open: the thread acme pool; plugin: acme (acme-bad 0.1)",
    ]
    while bad_plugin.KEPT:
        kept = bad_plugin.KEPT.pop()
        getattr(kept, "close", getattr(kept, "set", None))()


class Breaks(Executor):
    """Fails on its own account behind the first item."""

    type = "acme.breaks"

    def map(self, function: Any, items: Any) -> Any:
        yield function(next(iter(items)))
        raise KeyError("boom")


class Passes(Executor):
    """Passes on what comes."""

    type = "acme.passes"

    def map(self, function: Any, items: Any) -> Any:
        return map(function, items)


def test_an_executor_that_breaks_is_named() -> None:
    results = in_order(Breaks(), lambda item: item, iter("ab"))
    assert next(results) == "a"
    with pytest.raises(PluginError, match=r"the executor 'acme.breaks' broke in map: KeyError: 'boom'"):
        next(results)


def test_an_executor_is_not_blamed_for_what_it_passes_on() -> None:
    def work(item: str) -> str:
        raise KeyError(item)

    def items() -> Any:
        yield "a"
        raise LookupError("no more")

    with pytest.raises(KeyError) as raised:
        list(in_order(Passes(), work, iter("ab")))
    assert not isinstance(raised.value, CrosswalkError)
    with pytest.raises(LookupError, match="no more"):
        list(in_order(Passes(), lambda item: item, items()))


@pytest.mark.parametrize(("command", "status"), [("validate", 2), ("run", 3), ("preview", 3)])
def test_a_package_that_is_missing_is_told_before_anything_runs(run: Run, put: Put, command: str, status: int) -> None:
    put("p.json", PIPELINE | {"source": {"type": "acme.needs"}})
    done = run(command, "p.json")
    _told(done.err, "X109", "the source 'acme.needs' needs far-away-client, which is not installed")
    assert "--> p.json:1:" in done.err and "/source/type" in done.err
    assert "fix: pip install 'acme-bad[far]'" in done.err
    assert done.status == status


@pytest.mark.parametrize(("command", "status"), [(("validate", "m.json"), 2), (("map", "m.json", "in.ndjson"), 3)])
def test_a_resolver_whose_package_is_missing(run: Run, put: Put, command: tuple[str, ...], status: int) -> None:
    put("m.json", {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.far"]}})
    done = run(*command)
    _told(done.err, "X109", "the resolver 'acme.far' needs far_away_client, which is not installed")
    assert "--> m.json:1:" in done.err and "/fields/n/1" in done.err
    assert "fix: pip install 'far_away_client'" in done.err
    assert done.status == status


def test_which_packages_are_missing() -> None:
    assert missing_packages("click") == []
    assert missing_packages("no-such-thing>=1") == ["no-such-thing"]
    assert missing_packages("acme-bad[far]") == ["far-away-client"]
    assert missing_packages("acme-bad[FAR,other]>=0.1") == ["far-away-client"]
    assert missing_packages("acme-bad") == []
    assert missing_packages("crosswalk[babel]") == []
