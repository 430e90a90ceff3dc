"""Embedding: one record, many, rejects as objects, several engines, several threads, plugins given as modules."""

from __future__ import annotations

import json
import pickle
import types
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from crosswalk import (
    Batch,
    CrosswalkError,
    DataError,
    Engine,
    PluginError,
    Resolver,
    SpecError,
    UsageError,
    hookimpl,
    resolver,
)

MAPPING = {
    "mapping": "1",
    "params": {"shop": {"type": "string", "default": "34"}},
    "fields": {
        "ref": {"template": "{$context.shop}-{id}"},
        "qty": {"source": "qty", "resolve": "int", "required": True},
        "price": ["price", {"decimal": {"scale": 2}}],
    },
}


def plugin_of(found: Resolver) -> types.ModuleType:
    """A plugin module that offers one resolver."""
    module = types.ModuleType("acme")

    @hookimpl
    def crosswalk_resolvers() -> list[Resolver]:
        return [found]

    module.crosswalk_resolvers = crosswalk_resolvers  # type: ignore[attr-defined]
    return module


def test_one_record() -> None:
    mapper = Engine().mapping(MAPPING)
    assert mapper({"id": 7, "qty": "3", "price": "1.5"}) == {"ref": "34-7", "qty": 3, "price": Decimal("1.50")}


def test_a_refused_record_raises_with_all_its_errors() -> None:
    mapper = Engine().mapping(MAPPING)
    with pytest.raises(DataError) as caught:
        mapper({"id": 7, "qty": "x", "price": "1.555"})
    assert [error.code for error in caught.value.reject.errors] == ["M310", "M314"]  # type: ignore[attr-defined]


def test_what_is_expected_is_a_crosswalk_error() -> None:
    mapper = Engine().mapping(MAPPING)
    with pytest.raises(CrosswalkError) as caught:
        mapper({"id": 7})
    assert (caught.value.code, caught.value.exit_code) == ("M301", 1)
    assert [found.code for found in caught.value.diagnostics] == ["M301"]


def test_many_records_keep_their_numbers() -> None:
    mapper = Engine().mapping(MAPPING)
    rows = [{"id": i, "qty": "x" if i % 3 == 0 else "1", "price": 1} for i in range(9)]
    applied = mapper.apply(Batch.of_rows(rows, first=101, file="a.ndjson"))
    assert [r.number for r in applied.rejects] == [101, 104, 107]
    assert len(applied.records) + len(applied.rejects) == 9
    assert applied.rejects[0].file == "a.ndjson"
    assert applied.rejects[0].errors[0].pointer == "/fields/qty/resolve"


def test_parameters_are_bound_per_mapper() -> None:
    mapper = Engine().mapping(MAPPING)
    other = mapper.bind({"shop": "9"})
    assert mapper({"id": 1, "qty": 1})["ref"] == "34-1"
    assert other({"id": 1, "qty": 1})["ref"] == "9-1"
    with pytest.raises(UsageError, match="M202"):
        mapper.bind({"shpo": "9"})


def test_a_mapping_with_several_outputs_says_so() -> None:
    mapper = Engine().mapping({"mapping": "1", "explode": {"path": "xs", "as": "x"}, "fields": {"v": "$x"}})
    with pytest.raises(UsageError, match="several records"):
        mapper({"xs": [1]})
    assert [out.record for out in mapper.expand({"xs": [1, 2]})] == [{"v": 1}, {"v": 2}]


def test_threads_share_a_mapper() -> None:
    mapper = Engine().mapping(MAPPING)
    rows = [{"id": i, "qty": str(i), "price": i} for i in range(500)]
    alone = mapper.apply(rows).records
    with ThreadPoolExecutor(8) as pool:
        for applied in pool.map(lambda _: mapper.apply(rows), range(24)):
            assert applied.records == alone


def test_records_that_often_lack_a_field_give_the_same_as_alone() -> None:
    # After some misses the mapper compiles itself anew; nothing may change.
    mapper = Engine().mapping({"mapping": "1", "fields": {"a": "x.a", "b": {"source": "x.b", "default": 0}}})
    rows = [{"x": {"a": i}} if i % 2 else {"x": None} for i in range(1000)]
    first, second = mapper.apply(rows).records, mapper.apply(rows).records
    assert first == second == [mapper(row) for row in rows]
    assert first[:2] == [{"b": 0}, {"a": 1, "b": 0}]


def test_two_engines_with_different_plugins() -> None:
    @resolver("acme.shout")
    def shout(value: str, *, times: int = 1) -> str:
        """Upper-case the text and add exclamation marks."""
        return value.upper() + "!" * times

    mapping = {"mapping": "1", "fields": {"a": ["a", {"acme.shout": {"times": 2}}]}}
    assert Engine(plugin_of(shout)).mapping(mapping)({"a": "hi"}) == {"a": "HI!!"}
    with pytest.raises(SpecError, match="M105"):
        Engine().mapping(mapping)


def test_a_resolver_that_breaks_is_named() -> None:
    @resolver("acme.broken")
    def broken(value: str) -> str:
        """Always breaks."""
        raise KeyError(value)

    mapper = Engine(plugin_of(broken)).mapping({"mapping": "1", "fields": {"a": ["a", "acme.broken"]}})
    with pytest.raises(PluginError, match=r"acme\.broken"):
        mapper({"a": "x"})


def test_an_engine_without_discovery_has_nothing() -> None:
    assert not Engine(discover=False).registry.resolvers


def test_all_errors_of_a_document_come_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Engine().mapping(
            {"mapping": "1", "fields": {"a": ["a", "trimm"], "b": "$nope", "c": {"lookup": {"table": "t", "key": "x"}}}}
        )
    assert [d.code for d in caught.value.diagnostics] == ["M105", "M203", "M201"]


def test_errors_survive_pickling() -> None:
    with pytest.raises(SpecError) as caught:
        Engine().mapping({"mapping": "1", "fields": {"a": ["a", "trimm"]}})
    copy = pickle.loads(pickle.dumps(caught.value))
    assert [d.to_dict() for d in copy.diagnostics] == [d.to_dict() for d in caught.value.diagnostics]


def test_run_a_pipeline_and_again(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ndjson").write_text('{"id":1,"qty":"2","price":3}\n{"id":2,"qty":"?","price":3}\n')
    (tmp_path / "m.json").write_text(json.dumps(MAPPING))
    (tmp_path / "p.json").write_text(
        json.dumps(
            {
                "pipeline": "1",
                "name": "p",
                "source": {"type": "files", "url": "in/*.ndjson"},
                "mapping": "m.json",
                "sink": {"type": "files", "url": "out/a.ndjson"},
            }
        )
    )
    report = Engine().run(tmp_path / "p.json")
    assert (report.read, report.written, report.rejected) == (2, 1, 1)
    assert (tmp_path / "out" / "a.ndjson").read_text() == '{"ref":"34-1","qty":2,"price":3.00}\n'
    again = Engine().run(tmp_path / "p.json")
    assert (again.read, again.written) == (0, 0)
