"""What a resolver returns is held against what it declares, on both back ends."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from crosswalk import MISSING, Batch, Engine, PluginError, Ref, hookimpl, resolver
from crosswalk.compiler.returned import checking


class Text(str):
    """A text of a kind of its own."""


@resolver("acme.set")
def a_set(value: Any) -> list[int]:
    return {1, 2}  # type: ignore[return-value]


@resolver("acme.generator")
def a_generator(value: Any) -> Sequence[int]:
    return (n for n in [1])  # type: ignore[return-value]


@resolver("acme.object")
def an_object(value: Any) -> Any:
    return object()


@resolver("acme.tuple")
def a_tuple(value: Any) -> tuple[int, int]:
    return (1, 2)


@resolver("acme.number")
def a_number(value: Any) -> str:
    return 7  # type: ignore[return-value]


@resolver("acme.nothing")
def nothing(value: Any) -> str:
    return None  # type: ignore[return-value]


@resolver("acme.float")
def a_float(value: Any) -> Decimal:
    return 1.5  # type: ignore[return-value]


@resolver("acme.referring")
def referring(value: Any, *, other: Ref[Any] = None) -> str:  # type: ignore[assignment]
    return 7  # type: ignore[return-value]


@resolver("acme.made", factory=True)
def made(*, n: int = 1) -> Callable[[Any], str]:
    return lambda value: n  # type: ignore[return-value]


@resolver("acme.unmade", factory=True)
def unmade(*, n: int = 1) -> Callable[[Any], str]:
    return n  # type: ignore[return-value]


@resolver("acme.good")
def good(value: Any) -> float | str | dt.date | None:
    return {"text": Text("t"), "whole": 7, "time": dt.datetime(2024, 2, 29), "none": None, "same": value}.get(value)


@resolver("acme.same")
def same(value: Any) -> Any:
    return value


WRONG = [a_set, a_generator, an_object, a_tuple, a_number, nothing, a_float, referring, made]
ACME = types.ModuleType("acme")
ACME.crosswalk_resolvers = lambda: [*WRONG, unmade, good, same]  # type: ignore[attr-defined]
ACME.crosswalk_resolvers.__name__ = "crosswalk_resolvers"  # type: ignore[attr-defined]
ACME.crosswalk_resolvers = hookimpl(ACME.crosswalk_resolvers)  # type: ignore[attr-defined]


def _apply(step: Any, value: Any, back_end: str) -> Any:
    mapping = {"mapping": "1", "name": "m", "fields": {"n": {"source": "n", "resolve": [step]}}}
    mapper = Engine(ACME).mapping(mapping).with_back_end(back_end)  # type: ignore[arg-type]
    applied = mapper.apply(Batch.of_rows([{"n": value}]))
    assert not applied.rejects
    return next(iter(applied.outputs[""])).get("n", MISSING)


@pytest.mark.parametrize("back_end", ["row", "columnar"])
@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("acme.set", "gave a value of type set, not list"),
        ("acme.generator", "gave a value of type generator, not list"),
        ("acme.object", "gave a value of type object, not one of str, bool, int"),
        ("acme.tuple", "gave a value of type tuple, not one of str, bool, int"),
        ("acme.number", "gave a value of type int, not str"),
        ("acme.nothing", "gave None, not str"),
        ("acme.float", "gave a value of type float, not Decimal"),
        ({"acme.made": 3}, "gave a value of type int, not str"),
    ],
)
def test_what_is_not_declared_is_named(back_end: str, step: Any, message: str) -> None:
    name = step if isinstance(step, str) else next(iter(step))
    with pytest.raises(PluginError) as raised:
        _apply(step, "x", back_end)
    assert raised.value.code == "X108"
    assert raised.value.message.startswith(f'the resolver "{name}" {message}')
    assert f"plugin: {__name__}" in raised.value.notes
    assert any(note.startswith("at /fields/n") for note in raised.value.notes)


def test_an_argument_of_the_record_changes_nothing() -> None:
    with pytest.raises(PluginError, match=r'the resolver "acme.referring" gave a value of type int, not str'):
        _apply({"acme.referring": {"other": "$root.n"}}, "x", "row")


@pytest.mark.parametrize("back_end", ["row", "columnar"])
@pytest.mark.parametrize(
    ("value", "result"),
    [("text", "t"), ("whole", 7), ("time", dt.datetime(2024, 2, 29)), ("none", None), ("same", "same")],
)
def test_what_python_takes_for_the_declared_type_passes(back_end: str, value: str, result: Any) -> None:
    assert _apply("acme.good", value, back_end) == result


def test_a_value_may_be_handed_back_as_it_came() -> None:
    value = object()
    assert checking(same).bind({})(value) is value


def test_a_factory_that_makes_nothing_to_call() -> None:
    with pytest.raises(PluginError, match=r'the resolver "acme.unmade" gave a value of type int, not a function'):
        _apply("acme.unmade", "x", "row")


def _resolver(**forms: Any) -> Any:
    def lower(value: str) -> str:
        return value.lower()

    return resolver("acme.lower", **forms)(lower)


def _mapped(found: Any, back_end: str, rows: list[Any]) -> list[Any]:
    module = types.ModuleType("acme_forms")
    module.crosswalk_resolvers = hookimpl(_named(lambda: [found]))  # type: ignore[attr-defined]
    mapping = {"mapping": "1", "name": "m", "fields": {"n": ["n", "acme.lower"], "m": "m"}}
    mapper = Engine(module).mapping(mapping).with_back_end(back_end)  # type: ignore[arg-type]
    batch = Batch.of_rows([{"n": row, "m": 1} for row in rows])
    applied = mapper.apply(Batch.of_arrow(batch.table) if back_end == "columnar" else batch)
    assert not applied.rejects
    return [record.get("n", MISSING) for record in applied.outputs[""]]


def _named(function: Any) -> Any:
    function.__name__ = "crosswalk_resolvers"
    return function


COLUMN = ["A", None, "B"]


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (lambda a: (pc.utf8_lower(a).slice(1), None), "gave 2 values for 3"),
        (lambda a: (pc.utf8_length(a), None), "gave an array of int32, not of string"),
        (lambda a: (a.cast(pa.large_string()), None), "gave an array of large_string, not of string"),
        (lambda a: None, r"gave a value of type NoneType, not \(array, mask\)"),
        (lambda a: pc.utf8_lower(a), r"gave a value of type StringArray, not \(array, mask\)"),
        (lambda a: (a.to_pylist(), None), "gave a value of type list, not a pyarrow.Array"),
        (lambda a: (pa.chunked_array([a]), None), "gave a value of type ChunkedArray, not a pyarrow.Array"),
        (lambda a: (pc.utf8_lower(a), pa.array([True])), "gave a mask that is 1 of bool, not 3 of bool or None"),
        (lambda a: (pc.utf8_lower(a), pa.array([1] * len(a))), "gave a mask that is 3 of int64, not 3 of bool or None"),
        (lambda a: (pc.utf8_lower(a), [True] * 3), "gave a mask that is a value of type list, not 3 of bool or None"),
        (lambda a: (pa.nulls(len(a), pa.string()), None), "gave null, which it does not declare, and is sure of it"),
        (lambda a: (pc.utf8_lower(a).fill_null("x"), None), "gave a value where it was given null"),
    ],
)
def test_a_wrong_columnar_form_is_named(vector: Any, message: str) -> None:
    with pytest.raises(PluginError, match=f'the resolver "acme.lower" {message}, from its columnar form') as raised:
        _mapped(_resolver(vector=vector), "columnar", COLUMN)
    assert raised.value.code == "X108"
    assert raised.value.notes == (f"plugin: {__name__}", "at /fields/n/1 (field n)")


def test_a_columnar_form_that_breaks_is_named() -> None:
    with pytest.raises(PluginError, match=r"'acme\.lower' broke in its columnar form: Zero") as raised:
        _mapped(_resolver(vector=lambda a: 1 / 0), "columnar", COLUMN)
    assert raised.value.code == "X105"
    assert "at /fields/n/1 (field n)" in raised.value.notes


@pytest.mark.parametrize(
    "vector",
    [
        lambda a: (pc.utf8_lower(a), None),
        lambda a: NotImplemented,
        lambda a: (pc.strptime(a, "%Y", "s"), None),  # ArrowInvalid: no kernel takes the values
        lambda a: (pa.nulls(len(a), pa.string()), pa.array([False] * len(a))),
    ],
)
def test_columnar_forms_that_keep_to_the_contract(vector: Any) -> None:
    assert _mapped(_resolver(vector=vector), "columnar", COLUMN) == ["a", None, "b"]


@pytest.mark.parametrize("back_end", ["row", "columnar"])
@pytest.mark.parametrize(
    ("inline", "message"),
    [
        ("{v}.lower(", "'(' was never closed"),
        ("{v}; import os", "invalid syntax"),
        ("{nope}.lower()", "'nope' is none of {f}, {v}"),
        ("{v} + '{}'", "braces are doubled"),
        ("frob({v})", "frob is no name that it may use"),
        ("(errors := {v})", "it is not one plain expression on one line"),
        ("({v}\n.lower())", "it is not one plain expression on one line"),
    ],
)
def test_an_inline_form_that_cannot_stand_in_code(back_end: str, inline: str, message: str) -> None:
    with pytest.raises(PluginError) as raised:
        _mapped(_resolver(inline=inline), back_end, COLUMN)
    assert raised.value.code == "X108"
    assert raised.value.message.startswith('the resolver "acme.lower" has an inline form that cannot be used: ')
    assert message in raised.value.message
    assert raised.value.notes == (f"plugin: {__name__}", "at /fields/n/1")


@pytest.mark.parametrize(("inline", "gave"), [("len({v})", "a value of type int"), ("None", "None"), ("M", "MISSING")])
def test_an_inline_form_that_gives_another_type(inline: str, gave: str) -> None:
    with pytest.raises(PluginError, match=f'the resolver "acme.lower" gave {gave}, not str') as raised:
        _mapped(_resolver(inline=inline), "row", COLUMN)
    assert raised.value.code == "X108"
    assert raised.value.notes == (f"plugin: {__name__}", "at /fields/n/1 (field n)")


@pytest.mark.parametrize(
    "inline", ["{v}.lower()", "{f}({v})", "''.join(c.lower() for c in {v})", "(lambda text: text.lower())({v})"]
)
def test_inline_forms_that_keep_to_the_contract(inline: str) -> None:
    assert _mapped(_resolver(inline=inline), "row", COLUMN) == ["a", None, "b"]


def test_resolvers_of_the_engine_are_not_wrapped() -> None:
    upper = Engine().registry.resolvers["upper"]
    assert checking(upper) is upper
    assert checking(a_set) is not a_set
