"""Resolvers about the three states: tests for missing, null and blank, defaults, and the deliberate error."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from crosswalk import MISSING, DataError, Example, Ref, resolver, type_name

from . import _value_vectors
from ._equal import key_of


@resolver(
    "type_of",
    null="aware",
    group="type",
    examples=[
        Example("x", "string"),
        Example(1, "integer"),
        Example(True, "boolean"),
        Example(Decimal(1), "decimal"),
        Example({}, "object"),
        Example(None, "null"),
        Example(MISSING, "missing"),
    ],
)
def type_of(value: Any) -> str:
    """Name the type: string, integer, decimal, float, boolean, date, datetime, list, object, null, missing, ..."""
    return type_name(value)


@resolver(
    "is_present",
    vector=_value_vectors.is_present,
    null="aware",
    inline="({v} is not None and {v} is not M)",
    group="type",
    examples=[Example("", True), Example(0, True), Example(None, False), Example(MISSING, False)],
)
def is_present(value: Any) -> bool:
    """Tell whether there is a value: neither missing nor null."""
    return value is not None and value is not MISSING


@resolver(
    "is_null",
    vector=_value_vectors.is_null,
    null="aware",
    inline="({v} is None or {v} is M)",
    group="type",
    examples=[Example(None, True), Example(MISSING, True), Example("", False), Example(0, False)],
)
def is_null(value: Any) -> bool:
    """Tell whether the value is null or missing, as the condition `eq: null` does; `type_of` tells them apart."""
    return value is None or value is MISSING


@resolver(
    "is_blank",
    vector=_value_vectors.is_blank,
    null="aware",
    inline="({v} is None or {v} is M or (type({v}) is str and not {v}.strip()))",
    group="type",
    examples=[
        Example(" \t", True),
        Example("", True),
        Example(None, True),
        Example(MISSING, True),
        Example(0, False),
        Example([], False),
    ],
)
def is_blank(value: Any) -> bool:
    """Tell whether the value is missing, null, or a text without anything but white space."""
    return value is None or value is MISSING or (type(value) is str and not value.strip())


@resolver(
    "null_if",
    vector=_value_vectors.null_if,
    factory=True,
    group="type",
    examples=[
        Example("n/a", None, ["n/a", "-", ""]),
        Example("N/A", "N/A", ["n/a"]),
        Example(0, None, 0),
        Example(False, False, [0]),
        Example(Decimal("0.10"), None, [0.1]),
        Example([], None, [[]]),
    ],
)
def null_if(*, values: Any) -> Callable[[Any], Any]:
    """Turn certain values into null; all others stay.

    `values`: the value, or a list of values. Texts compare case-sensitively, numbers by value, unlike types never.
    """
    wanted = frozenset(map(key_of, values if isinstance(values, list) else [values]))
    return lambda value: None if key_of(value) in wanted else value


@resolver(
    "blank_to_null",
    vector=_value_vectors.blank_to_null,
    inline="(None if type({v}) is str and not {v}.strip() else {v})",
    group="type",
    examples=[Example("", None), Example(" \n", None), Example(" x ", " x "), Example(0, 0)],
)
def blank_to_null(value: Any) -> Any:
    """Turn the empty text and text of mere white space into null; all else stays as it is."""
    return None if type(value) is str and not value.strip() else value


@resolver(
    "default",
    vector=_value_vectors.default,
    null="aware",
    inline="({value} if {v} is None or {v} is M else {v})",
    group="type",
    examples=[
        Example(None, "AU", "AU"),
        Example(MISSING, 0, 0),
        Example("", "", "AU"),
        Example(None, {"a": 1}, {"value": {"a": 1}}),
    ],
)
def default(piped: Any, *, value: Ref[Any]) -> Any:
    """Put a value in the place of missing or null.

    The empty text is a value: see `blank_to_null`. The field key `default` does the same after all steps.

    `value`: any JSON value (an object written as `{"value": {...}}`), or a variable.
    """
    return value if piped is None or piped is MISSING else piped


@resolver(
    "coalesce",
    vector=_value_vectors.coalesce,
    null="aware",
    group="type",
    examples=[
        Example("a", "a", ["b"]),
        Example(None, "b", [None, "b", "c"]),
        Example(MISSING, "", ["", "b"]),
        Example(None, None, [None]),
        Example(MISSING, MISSING, []),
    ],
)
def coalesce(piped: Any, *, values: Ref[list[Any]]) -> Any:
    """Take the first value that is neither missing nor null, beginning with the piped one.

    When there is none the piped state (missing or null) stays.

    `values`: the alternatives in order, variables among them.
    """
    if piped is not None and piped is not MISSING:
        return piped
    alternatives: Any = values
    return next((value for value in alternatives if value is not None and value is not MISSING), piped)


@resolver(
    "fail",
    vector=_value_vectors.fail,
    null="aware",
    group="type",
    examples=[Example("x", error="M350", args="unknown kind of order"), Example(None, error="M350", args="x")],
)
def fail(value: Any, *, message: str) -> NoReturn:
    """Raise M350 with the author's own message, for whatever value arrives, null and missing included.

    `message`: the sentence that messages and rejects show.
    """
    raise DataError("M350", message, value)


RESOLVERS = (type_of, is_present, is_null, is_blank, null_if, blank_to_null, default, coalesce, fail)
