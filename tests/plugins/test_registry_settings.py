"""One declaration gives all: each type of a setting or argument as JSON Schema, as value, and its errors in words."""

from __future__ import annotations

import datetime as dt
import enum
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal

import pytest
from jsonschema import Draft202012Validator

from crosswalk import (
    Batch,
    Duration,
    Engine,
    PluginError,
    Secret,
    Size,
    Source,
    SpecError,
    UsageError,
    hookimpl,
    resolver,
)
from crosswalk.spec.compose import compose_mapping_schema, compose_pipeline_schema

MEGABYTES, SECONDS = Size(64_000_000), Duration(10.0)


class Level(enum.Enum):
    """An enum of texts."""

    LOW = "low"
    HIGH = "high"


@dataclass
class Point:
    """A nested object.

    `x`: the first number.
    """

    x: int
    y: float = 0.0


@dataclass
class Basic:
    """By name and password."""

    type: ClassVar[str] = "basic"
    user: str
    password: Secret


@dataclass
class Bearer:
    """By token."""

    type: ClassVar[str] = "bearer"
    token: Secret


@dataclass
class All(Source):
    """Has a setting of every type.

    `text`: some text.
    """

    type = "acme.all"
    text: str = "a"
    whole: int = 1
    real: float = 1.5
    flag: bool = False
    raw: bytes = b""
    price: Decimal = Decimal("1.50")
    day: dt.date | None = None
    moment: dt.datetime | None = None
    names: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    mode: Literal["fast", "safe"] = "safe"
    level: Level = Level.LOW
    maybe: int | None = None
    either: int | str = 0
    pair: tuple[int, str] | None = None
    tags: frozenset[str] = frozenset()
    point: Point | None = None
    points: list[Point] = field(default_factory=list)
    auth: Basic | Bearer | None = None
    limit: Size = MEGABYTES
    wait: Duration = SECONDS
    key: Secret | None = None
    with_: str = "x"
    _hidden: int = 7

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([{"n": 1}])


@dataclass
class Needs(Source):
    """Has a setting without a default."""

    type = "acme.needs"
    start: int

    def read(self, cursor: Any = None) -> Iterator[Batch]:
        yield Batch.of_rows([])


@resolver("acme.args")
def args(
    value: str,
    *,
    whole: int = 1,
    price: Decimal = Decimal(0),
    day: dt.date | None = None,
    mode: Literal["fast", "safe"] = "safe",
    level: Level = Level.LOW,
    limit: Size = MEGABYTES,
    wait: Duration = SECONDS,
    raw: bytes = b"",
    names: list[str] | None = None,
    point: Point | None = None,
) -> str:
    """Show the arguments."""
    shown = [whole, price, day, mode, level.name, limit, wait, raw, names, point]
    return "|".join(str(one) for one in shown if one is not None)


def acme() -> types.ModuleType:
    module = types.ModuleType("acme")

    def crosswalk_sources() -> list[Any]:
        return [All, Needs]

    def crosswalk_resolvers() -> list[Any]:
        return [args]

    module.crosswalk_sources = hookimpl(crosswalk_sources)  # type: ignore[attr-defined]
    module.crosswalk_resolvers = hookimpl(crosswalk_resolvers)  # type: ignore[attr-defined]
    return module


ENGINE = Engine(acme())
GOOD: list[tuple[str, Any, Any]] = [
    ("text", "b", "b"),
    ("whole", 7, 7),
    ("real", 2, 2.0),
    ("real", 2.5, 2.5),
    ("flag", True, True),
    ("raw", "aGk=", b"hi"),
    ("price", "12.30", Decimal("12.30")),
    ("price", 12, Decimal(12)),
    ("day", "2024-02-29", dt.date(2024, 2, 29)),
    ("moment", "2024-02-29T12:00:00+01:00", dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))),
    ("names", ["a", "b"], ["a", "b"]),
    ("sizes", {"a": 1}, {"a": 1}),
    ("mode", "fast", "fast"),
    ("level", "high", Level.HIGH),
    ("maybe", None, None),
    ("maybe", 3, 3),
    ("either", "x", "x"),
    ("either", 4, 4),
    ("pair", [1, "a"], (1, "a")),
    ("tags", ["a", "b"], frozenset({"a", "b"})),
    ("point", {"x": 1}, Point(1)),
    ("points", [{"x": 1, "y": 2}], [Point(1, 2.0)]),
    ("auth", {"type": "basic", "user": "me", "password": "p"}, Basic("me", Secret("p"))),
    ("auth", {"type": "bearer", "token": "t"}, Bearer(Secret("t"))),
    ("limit", "64MB", 64_000_000),
    ("limit", "1.5KiB", 1536),
    ("limit", 10, 10),
    ("wait", "1m30s", 90.0),
    ("wait", "250ms", 0.25),
    ("wait", 3, 3.0),
    ("key", "k", Secret("k")),
    ("with", "y", "y"),
]
BAD: list[tuple[str, Any, str]] = [
    ("text", 7, '"text" must be text'),
    ("whole", "7", '"whole" must be a whole number'),
    ("whole", True, '"whole" must be a whole number'),
    ("real", "x", '"real" must be a number'),
    ("flag", "yes", '"flag" must be true or false'),
    ("raw", "***", '"raw" is not written as it must be'),
    ("raw", "abc", '"raw" is not written as it must be'),
    ("price", "1,50", '"price" is not written as it must be'),
    ("day", "2023-02-29", '"day" is not written as it must be'),
    ("day", "yesterday", '"day" is not written as it must be'),
    ("moment", "noon", '"moment" is not written as it must be'),
    ("names", "a", '"names" must be a list'),
    ("names", ["a", 1], 'item 2 of "names" must be text'),
    ("sizes", {"a": "1"}, '"a" must be a whole number'),
    ("mode", "fst", '"mode" must be "fast" or "safe"'),
    ("level", "medium", '"level" must be "low" or "high"'),
    ("maybe", "x", '"maybe" must be a whole number or null'),
    ("pair", [1], '"pair" needs exactly 2 items'),
    ("pair", [1, 2], 'item 2 of "pair" must be text'),
    ("tags", ["a", "a"], '"a" stands twice in the list'),
    ("point", {}, 'needs "x"'),
    ("point", {"x": 1, "z": 2}, 'unknown key "z"'),
    ("points", [{"x": "1"}], '"x" must be a whole number'),
    ("auth", {"type": "basc"}, '"type" must be "basic" or "bearer"'),
    ("auth", {"type": "basic", "user": "me"}, 'needs "password"'),
    ("auth", {"type": "bearer", "tokn": "x"}, 'unknown key "tokn"'),
    ("auth", {}, 'needs "type"'),
    ("limit", "64XB", '"limit" is not written as it must be'),
    ("limit", -1, '"limit" must be at least 0'),
    ("wait", "10 parsecs", '"wait" is not written as it must be'),
    ("txet", "a", 'unknown key "txet"'),
    ("_hidden", 1, 'unknown key "_hidden"'),
]


def pipeline(**settings: Any) -> dict[str, Any]:
    return {"pipeline": "1", "source": {"type": "acme.all"} | settings, "sink": {"type": "files", "url": "x.csv"}}


@pytest.mark.parametrize(("name", "given", "value"), GOOD)
def test_a_setting_is_taken(name: str, given: Any, value: Any) -> None:
    ENGINE.pipeline(pipeline(**{name: given}))
    found = getattr(All.from_config({name: given}), "with_" if name == "with" else name)
    assert found == value
    assert type(found) is type(value)
    Draft202012Validator(All.config_schema()).validate({"type": "acme.all", name: given})


@pytest.mark.parametrize(("name", "given", "message"), BAD)
def test_a_wrong_setting_is_told_in_words_at_its_place(name: str, given: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        ENGINE.pipeline(pipeline(**{name: given}))
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert found.code in ("P104", "P105")
    assert found.pointer.startswith(f"/source/{name}")
    assert found.line > 0


def test_the_nearest_name_is_offered() -> None:
    for settings, label in (({"txet": 1}, "text"), ({"mode": "fst"}, "fast"), ({"auth": {"type": "basc"}}, "basic")):
        with pytest.raises(SpecError) as caught:
            ENGINE.pipeline(pipeline(**settings))
        assert f'did you mean "{label}"?' in caught.value.diagnostics[0].label


def test_a_required_setting_is_missed() -> None:
    with pytest.raises(SpecError) as caught:
        ENGINE.pipeline(pipeline() | {"source": {"type": "acme.needs"}})
    assert 'needs "start"' in caught.value.diagnostics[0].message


def test_the_schema_tells_defaults_and_descriptions() -> None:
    schema = All.config_schema()
    Draft202012Validator.check_schema(schema)
    properties = schema["properties"]
    assert properties["text"] == {"type": "string", "description": "some text.", "default": "a"}
    assert properties["names"]["default"] == []
    assert properties["level"]["default"] == "low"
    assert properties["price"]["default"] == "1.50"
    assert "_hidden" not in properties
    assert [branch["properties"]["type"]["const"] for branch in properties["auth"]["anyOf"][:2]] == ["basic", "bearer"]


def test_editors_see_it() -> None:
    schema = compose_pipeline_schema(ENGINE.registry)
    validator = Draft202012Validator(schema)
    validator.validate(pipeline(auth={"type": "bearer", "token": "${secret:T}"}, limit="1MB"))
    assert not validator.is_valid(pipeline(mode="slow"))
    steps = Draft202012Validator(compose_mapping_schema(ENGINE.registry))
    steps.validate({"mapping": "1", "fields": {"a": ["x", {"acme.args": {"wait": "10s", "level": "high"}}]}})
    assert not steps.is_valid({"mapping": "1", "fields": {"a": ["x", {"acme.args": {"level": "medium"}}]}})


def mapped(**given: Any) -> str:
    found = ENGINE.mapping({"mapping": "1", "fields": {"a": ["x", {"acme.args": given}]}})({"x": "v"})["a"]
    return str(found)


def test_arguments_are_converted() -> None:
    assert mapped() == "1|0|safe|LOW|64000000|10.0|b''"
    assert (
        mapped(
            whole=2, price="1.5", day="2024-01-02", mode="fast", level="high", limit="2kB", wait="1m", raw="aGk=",
            names=["a"], point={"x": 1},
        )
        == "2|1.5|2024-01-02|fast|HIGH|2000|60.0|b'hi'|['a']|Point(x=1, y=0.0)"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("whole", "2", "must be a whole number, not a string"),
        ("price", "1,5", "is not written as it must be"),
        ("day", "yesterday", "is not written as it must be"),
        ("mode", "fst", 'must be one of fast, safe; did you mean "fast"?'),
        ("level", "medium", "must be one of low, high"),
        ("limit", "2 bananas", "is not written as it must be"),
        ("wait", "soon", "is not written as it must be"),
        ("raw", "***", "is not written as it must be"),
        ("names", [1], "must be a string, not a whole number"),
        ("point", {"x": "1"}, "must be a whole number"),
        ("point", {"y": 1}, 'needs "x"'),
        ("tims", 2, 'has no argument "tims"'),
    ],
)
def test_wrong_arguments_are_told_in_words(name: str, given: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        mapped(**{name: given})
    (found,) = caught.value.diagnostics
    assert found.code == "M106"
    assert message in found.message
    assert name in found.message or name in found.pointer


def test_a_type_without_a_json_form_is_told_with_its_field() -> None:
    @dataclass
    class Odd(Source):
        """Odd."""

        type = "acme.odd"
        what: complex = 1j

        def read(self, cursor: Any = None) -> Iterator[Batch]:
            yield Batch.of_rows([])

    Odd.__module__ = __name__
    with pytest.raises(
        PluginError, match=r"X108: the source 'acme.odd': the field 'what' has a type without a JSON form"
    ):
        Odd.config_schema()


def test_a_secret_never_prints() -> None:
    found = All.from_config({"key": "hunter2", "auth": {"type": "bearer", "token": "hunter2"}})
    assert "hunter2" not in repr(found) + str(found)


def test_a_secret_cannot_stand_in_a_plain_setting(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    with pytest.raises(UsageError, match="P125"):
        ENGINE.run(pipeline(text="${secret:TOKEN}") | {"state": {"type": "memory"}})
