"""Engines and mappers in other threads and processes: pickled, forked, spawned, isolated from each other."""

from __future__ import annotations

import multiprocessing
import pickle
import pickletools
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

import crosswalk
from crosswalk import (
    Batch,
    Engine,
    Mapper,
    PluginError,
    RecordRejected,
    RunInfo,
    Source,
    SpecError,
    UsageError,
    hookimpl,
    resolver,
)

MAPPING = {
    "mapping": "1",
    "params": {"shop": {"type": "string", "required": True}, "rate": {"type": "decimal", "default": "1.5"}},
    "fields": {"ref": {"template": "{$context.shop}-{id}"}, "qty": ["qty", "int"], "rate": "$context.rate"},
}
ROWS = [{"id": n, "qty": str(n)} for n in range(50)]


def mapped(mapper: Mapper) -> Any:
    return mapper.apply(ROWS).records


def compiled(engine: Engine) -> Any:
    return engine.mapping(MAPPING, params={"shop": "9"}).apply(ROWS).records


def test_a_mapper_is_pickled_as_its_document() -> None:
    mapper = Engine().mapping(MAPPING, params={"shop": "34"})
    text = pickle.dumps(mapper)
    names = {str(arg) for _, arg, _ in pickletools.genops(text) if isinstance(arg, str)}
    assert not any("code" in name or "marshal" in name or "function" in name for name in names)
    again: Mapper = pickle.loads(text)
    assert mapped(again) == mapped(mapper)
    assert (again.hash, again.name, again.params) == (mapper.hash, mapper.name, mapper.params)


def test_a_mapper_without_its_parameters_stays_without() -> None:
    again: Mapper = pickle.loads(pickle.dumps(Engine().mapping(MAPPING)))
    with pytest.raises(UsageError, match="M206"):
        again({"id": 1, "qty": 1})
    assert again.bind({"shop": "1"})({"id": 1, "qty": 1})["ref"] == "1-1"


def test_what_the_data_s_format_decided_is_kept(tmp_path: Path) -> None:
    mapper = Engine().mapping({"mapping": "1", "fields": {"a": "Item code"}}, source_format="csv")
    again: Mapper = pickle.loads(pickle.dumps(mapper))
    assert again({"Item code": "x"}) == {"a": "x"}


def test_the_run_is_kept() -> None:
    import datetime as dt

    run = RunInfo("r1", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    mapper = Engine().mapping({"mapping": "1", "fields": {"r": "$run.id"}}).bind({}, run)
    assert pickle.loads(pickle.dumps(mapper))({}) == {"r": "r1"}


def test_errors_still_have_their_places(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"mapping": "1",\n "fields": {"a": ["x", "int"]}}')
    mapper = pickle.loads(pickle.dumps(Engine().mapping(tmp_path / "m.json")))
    (reject,) = mapper.apply([{"x": "y"}]).rejects
    assert reject.errors[0].pointer == "/fields/a/1"


def test_files_are_found_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    Path("shops.csv").write_text("code,name\n34,Melbourne\n")
    Path("library.json").write_text('{"mapping": "1", "kind": "library", "pipelines": {"clean": ["trim"]}}')
    Path("m.json").write_text(
        '{"mapping": "1", "include": ["library.json"], "tables": {"shops": {"file": "shops.csv", "key": "code"}},'
        ' "fields": {"shop": {"lookup": {"table": "shops", "key": "s", "return": "name"}}, "t": ["t", "clean"]}}'
    )
    text = pickle.dumps(Engine().mapping("m.json"))
    monkeypatch.chdir("/")
    assert pickle.loads(text)({"s": "34", "t": " x "}) == {"shop": "Melbourne", "t": "x"}


def test_settings_of_the_engine_go_along() -> None:
    engine = pickle.loads(pickle.dumps(Engine(plugins="-crosswalk_sql")))
    assert "sqlite" not in engine.registry.components("sources")
    assert "files" in engine.registry.components("sources")
    assert not pickle.loads(pickle.dumps(Engine(discover=False))).registry.resolvers


def test_a_handed_module_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_pickled.py").write_text(
        "from crosswalk import hookimpl, resolver\n"
        "@resolver('acme.shout')\ndef shout(value: str) -> str:\n    return value.upper()\n"
        "@hookimpl\ndef crosswalk_resolvers(): return [shout]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import acme_pickled  # type: ignore[import-not-found]

    mapper = Engine(acme_pickled).mapping({"mapping": "1", "fields": {"a": ["a", "acme.shout"]}})
    text = pickle.dumps(mapper)
    assert pickle.loads(text)({"a": "x"}) == {"a": "X"}
    monkeypatch.delitem(sys.modules, "acme_pickled")
    with pytest.raises(PluginError, match="acme_pickled cannot go to another process"):
        pickle.dumps(mapper)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    mapper = Engine().mapping(MAPPING, params={"shop": "34"})
    expected = mapped(mapper)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(mapped, [mapper, mapper], timeout=60)) == [expected, expected]
        assert pool.submit(compiled, Engine()).result(60) == compiled(Engine())


def all_ways(engine: Engine, mapper: Mapper, folder: Path, name: str) -> list[int]:
    """Records of a run, of a read through the mapper and of a table, over columns and threads."""
    source = {"type": "files", "url": str(folder / "in.csv")}
    report = engine.run(
        {
            "pipeline": "1", "name": name, "source": source,
            "sink": {"type": "files", "url": f"{folder}/{name}.ndjson"},
            "mapping": {"mapping": "1", "fields": {"id": "id", "qty": ["qty", "int"]}},
            "executor": {"type": "local", "workers": 2},
            "state": {"type": "sqlite", "path": str(folder / "state.db")},
        }
    )  # fmt: skip
    read = sum(len(applied.records) for applied in engine.map(source, mapper))
    table = mapper.table(pa.table({"id": range(1000), "qty": ["1"] * 1000})).read_all()
    return [report.written, read, table.num_rows]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_runs_in_processes(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    (tmp_path / "in.csv").write_text("id,qty\n" + "".join(f"{n},{n % 7}\n" for n in range(120_000)))
    engine = Engine()
    mapper = engine.mapping(MAPPING, params={"shop": "34"})
    expected = [120_000, 120_000, 1000]
    # The parent has used its threads and its state file before the children are made.
    assert all_ways(engine, mapper, tmp_path, "parent") == expected
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = [pool.submit(all_ways, engine, mapper, tmp_path, name) for name in ("a", "b")]
        assert [one.result(100) for one in found] == [expected, expected]


def refuse(mapper: Mapper) -> Any:
    return mapper({"id": 1, "qty": "many"})


def test_errors_come_back_from_processes() -> None:
    mapper = Engine().mapping(MAPPING, params={"shop": "34"})
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in range(2):  # the pool lives on
            with pytest.raises(RecordRejected, match="M310: qty: ") as caught:
                pool.submit(refuse, mapper).result(60)
            assert [error.sample for error in caught.value.reject.errors] == ['"many"']


def test_every_public_error_is_pickled_whole() -> None:
    kinds = {
        crosswalk.SpecError: ([crosswalk.Diagnostic("M101", "broken")],),
        crosswalk.PathError: ("not closed",),
        crosswalk.ArgumentError: ("too many",),
        RecordRejected: (crosswalk.Reject({"a": 1}, (crosswalk.FieldError("M310", "no", "a"),), 1), "record 1: "),
        crosswalk.ConnectorError: ("C101", "gone"),
    }
    for name in crosswalk.__all__:
        cls = getattr(crosswalk, name)
        if not (isinstance(cls, type) and issubclass(cls, Exception)):
            continue
        error = cls(*kinds.get(cls, ("X1", "wrong")))
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.args, vars(again)) == (cls, str(error), error.args, vars(error)), name


def test_a_forked_child_uses_what_its_parent_compiled() -> None:
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("no fork here")
    context = multiprocessing.get_context("fork")
    mapper = Engine().mapping(MAPPING, params={"shop": "34"})
    expected = mapped(mapper)
    found: Any = context.SimpleQueue()
    child = context.Process(target=lambda: found.put(mapped(mapper)))
    child.start()
    assert found.get() == expected
    child.join(30)
    assert child.exitcode == 0


def shouting(name: str, end: str) -> ModuleType:
    """A plugin that offers one resolver of this name."""

    @resolver(name)
    def shout(value: str) -> str:
        """Add the end."""
        return value + end

    module = ModuleType(f"acme_{end}")

    def crosswalk_resolvers() -> list[Any]:
        return [shout]

    module.crosswalk_resolvers = hookimpl(crosswalk_resolvers)  # type: ignore[attr-defined]
    return module


def test_engines_with_different_plugins_of_one_name_live_side_by_side() -> None:
    document = {"mapping": "1", "fields": {"a": ["a", "acme.end"]}}
    first, second, third = Engine(shouting("acme.end", "1")), Engine(shouting("acme.end", "2")), Engine()
    one, two = first.mapping(document), second.mapping(document)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: (one, two)[n % 2]({"a": "x"})["a"], range(100)))
    assert found == ["x1", "x2"] * 50
    with pytest.raises(SpecError, match="M105"):
        third.mapping(document)


def counting(tag: str) -> ModuleType:
    """A plugin with a source of one name that tells its tag."""

    @dataclass
    class Counting(Source):
        """Three records."""

        type = "acme.counting"

        def read(self, cursor: Any = None) -> Iterator[Batch]:
            for n in range(cursor or 0, 3):
                yield Batch.of_rows([{"tag": tag, "n": n}], cursor=n + 1)

    module = ModuleType(f"acme_{tag}")

    def crosswalk_sources() -> list[Any]:
        return [Counting]

    module.crosswalk_sources = hookimpl(crosswalk_sources)  # type: ignore[attr-defined]
    return module


def test_engines_with_different_plugins_run_at_once(tmp_path: Path) -> None:
    engines = {tag: Engine(counting(tag)) for tag in "abc"}

    def run(job: str) -> str:
        out = tmp_path / f"{job}.ndjson"
        report = engines[job[0]].run(
            {
                "pipeline": "1", "name": job, "source": {"type": "acme.counting"},
                "sink": {"type": "files", "url": str(out)}, "state": {"type": "memory"},
            }
        )  # fmt: skip
        assert report.written == 3
        return out.read_text()

    jobs = [f"{tag}{n}" for n in range(4) for tag in "abc"]
    with ThreadPoolExecutor(6) as pool:
        for job, found in zip(jobs, pool.map(run, jobs), strict=True):
            assert found == "".join(f'{{"tag":"{job[0]}","n":{n}}}\n' for n in range(3))


def test_threads_that_start_together_discover_once() -> None:
    engine = Engine()
    barrier = threading.Barrier(6)

    def work(number: int) -> Any:
        barrier.wait(10)
        return engine.mapping(MAPPING, params={"shop": str(number)})({"id": 1, "qty": "1"})["ref"]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(6))) == [f"{n}-1" for n in range(6)]
    assert not engine.registry.broken


def test_runs_in_threads(tmp_path: Path) -> None:
    engine = Engine()

    def work(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "in.ndjson").write_text('{"n":1}\n' * (number + 1))
        report = engine.run(
            {
                "pipeline": "1",
                "name": f"p{number}",
                "source": {"type": "files", "url": str(folder / "in.ndjson")},
                "sink": {"type": "files", "url": str(folder / "out.ndjson")},
                "rejects": {"type": "files", "url": str(folder / "rejects.ndjson")},
                "state": {"type": "sqlite", "path": str(tmp_path / "state.db")},
            }
        )
        return report.written

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [1, 2, 3, 4]
