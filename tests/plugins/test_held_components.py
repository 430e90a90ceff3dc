"""Settings that hold other components, or one of several dataclasses told apart by `type`."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from crosswalk import Batch, Context, Engine, Format, Source, SpecError, hookimpl
from crosswalk.plugin.held import family_of, held_fields, held_kind
from crosswalk.spec.compose import compose_pipeline_schema


@dataclass(frozen=True)
class Basic:
    """A user."""

    type = "basic"
    user: str


@dataclass(frozen=True)
class Bearer:
    """A token."""

    type = "bearer"
    token: str


@dataclass(frozen=True)
class Numbers(Source):
    """Counts, as somebody."""

    type = "test.numbers"
    upto: int = 1
    auth: Basic | Bearer | None = None

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([{"n": n, "auth": repr(self.auth)} for n in range(self.upto)], cursor=1)


@dataclass(frozen=True)
class Chain(Source):
    """One source behind the other.

    `first`: begins. `then`: follow. `form`: is only shown.
    """

    type = "test.chain"
    first: Source
    then: list[Source] = field(default_factory=list)
    form: Format | None = None

    def bind(self, context: Context) -> Chain:
        return replace(self, first=self.first.bind(context), then=[source.bind(context) for source in self.then])

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        for source in (self.first, *self.then):
            yield from source.read(None)
        yield Batch.of_rows([{"form": type(self.form).__name__}], cursor=1)


MODULE = types.ModuleType("holding")


def _sources() -> list[type[Source]]:
    return [Numbers, Chain]


_sources.__name__ = "crosswalk_sources"
MODULE.crosswalk_sources = hookimpl(_sources)  # type: ignore[attr-defined]
NUMBERS = {"type": "test.numbers", "upto": 2, "auth": {"type": "bearer", "token": "t"}}


def _problems(source: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as raised:
        Engine(MODULE).pipeline({"pipeline": "1", "source": source, "sink": {"type": "stdout"}})
    return [(found.code, found.pointer) for found in raised.value.diagnostics]


def test_components_are_built_bound_and_read(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"n":7}\n')
    source = {
        "type": "test.chain", "first": NUMBERS, "then": [{"type": "files", "url": "in.ndjson"}],
        "form": {"type": "csv", "delimiter": ";"},
    }  # fmt: skip
    rows = [row for batch in Engine(MODULE).read(source, base=tmp_path) for row in batch.rows]
    assert rows == [
        {"n": 0, "auth": "Bearer(token='t')"},
        {"n": 1, "auth": "Bearer(token='t')"},
        {"n": 7},
        {"form": "Csv"},
    ]


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ({"type": "test.chain", "first": {"type": "test.number"}}, [("P103", "/source/first/type")]),
        ({"type": "test.chain", "first": NUMBERS | {"uptoo": 1}}, [("P105", "/source/first/uptoo")]),
        ({"type": "test.chain", "first": NUMBERS | {"upto": "x"}}, [("P105", "/source/first/upto")]),
        ({"type": "test.chain", "first": {"upto": 1}}, [("P104", "/source/first")]),
        ({"type": "test.chain", "first": "test.numbers"}, [("P105", "/source/first")]),
        ({"type": "test.chain"}, [("P104", "/source")]),
        ({"type": "test.chain", "first": NUMBERS, "then": [NUMBERS, {"type": "x"}]}, [("P103", "/source/then/1/type")]),
        ({"type": "test.chain", "first": NUMBERS, "form": {"type": "csv", "x": 1}}, [("P105", "/source/form/x")]),
        (NUMBERS | {"auth": {"type": "basic", "token": "t"}},
         [("P104", "/source/auth"), ("P105", "/source/auth/token")]),
        (NUMBERS | {"auth": {"type": "basics", "user": "u"}}, [("P105", "/source/auth/type")]),
    ],
)  # fmt: skip
def test_each_mistake_is_told_where_it_stands(source: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    assert sorted(_problems(source)) == sorted(problems)


def test_what_a_class_holds() -> None:
    assert held_fields(Chain) == {"first": "source", "then": "source", "form": "format"}
    assert held_fields(Numbers) == {}
    assert (held_kind(Source), held_kind(Numbers), held_kind(str)) == ("source", None, None)
    assert family_of("state backend") == "state_backends"


def test_the_schema_asks_for_a_type() -> None:
    properties = Chain.config_schema()["properties"]
    assert properties["first"]["required"] == ["type"]
    assert properties["first"]["properties"]["type"]["type"] == "string"
    assert properties["then"]["items"]["title"] == "source"
    assert {"type": "null"} in properties["form"]["anyOf"]


def test_no_engine_no_nested_component() -> None:
    with pytest.raises(ValueError, match="dict is no source"):
        Chain.from_config({"first": NUMBERS})
    assert Chain.from_config({"first": Numbers(3)}) == Chain(Numbers(3))


def test_editors_get_it_with_the_schema_of_pipelines() -> None:
    from jsonschema import Draft202012Validator

    check = Draft202012Validator(compose_pipeline_schema(Engine(MODULE).registry))
    good = {"pipeline": "1", "source": {"type": "test.chain", "first": NUMBERS}, "sink": {"type": "stdout"}}
    assert check.is_valid(good)
    assert not check.is_valid(good | {"source": {"type": "test.chain", "first": {"upto": 1}}})
    assert not check.is_valid(good | {"source": {"type": "test.chain", "first": NUMBERS, "then": NUMBERS}})
