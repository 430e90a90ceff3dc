"""Type resolvers between text, boolean and JSON."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from crosswalk import MISSING, ArgumentError, DataError, Example, Missing, decimal_text, resolver, text_of

from . import _value_vectors, _vectors
from ._exact import MAX_DIGITS
from ._json_text import json_text

TRUE_WORDS = ["true", "yes", "y", "1"]
FALSE_WORDS = ["false", "no", "n", "0"]

Scalar = str | bool | int | float | Decimal | dt.datetime | dt.date | dt.time | dt.timedelta | bytes


@resolver(
    "string",
    vector=_vectors.text,
    inline="({v} if type({v}) is str else {f}({v}))",
    group="type",
    examples=[
        Example("x", "x"),
        Example(7, "7"),
        Example(True, "true"),
        Example(Decimal("19.00"), "19.00"),
        Example(1.0, "1.0"),
        Example(1.0, "1", "plain"),
        Example(1e22, "10000000000000000000000", {"float": "plain"}),
        Example(dt.date(2024, 3, 1), "2024-03-01"),
        Example(b"\x00\xff", "AP8="),
        Example([1], error="M313"),
        Example(float("nan"), error="M310"),
    ],
)
def string(value: Scalar, *, float: Literal["json", "plain"] = "json") -> str:
    """Write a scalar as text: exact digits, `true` or `false`, ISO 8601, base64 for bytes.

    Lists and objects are M313 (see `join` and `to_json`), NaN and infinities M310.

    `float`: `json` writes floats as JSON does (`1.0`, `1e+22`), `plain` without exponent and needless `.0`.
    """
    text = text_of(value)
    if float == "plain" and type(value) is _FLOAT:
        text = decimal_text(Decimal(text))
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text


_FLOAT = float


@resolver(
    "boolean",
    vector=_value_vectors.boolean,
    factory=True,
    group="type",
    examples=[
        Example("Yes", True),
        Example("0", False),
        Example(1, True),
        Example(False, False),
        Example("ja", True, {"true": ["Ja"], "false": ["Nein"]}),
        Example("maybe", error="M310"),
        Example("", error="M310"),
        Example(2, error="M310"),
        Example(1.0, error="M313"),
        Example("x", error="M106", args={"true": ["x"], "false": ["X"]}),
    ],
)
def boolean(*, true: list[str] = TRUE_WORDS, false: list[str] = FALSE_WORDS) -> Callable[[str | bool | int], bool]:
    """Read a boolean from a word, whatever its letter case; a word in neither list is M310.

    Booleans pass; an integer counts as its digits, so that 1 and 0 pass while the lists hold `1` and `0`.

    `true`: the words for true.
    `false`: the words for false.
    """
    words = {word.casefold(): True for word in true}
    for word in false:
        if words.setdefault(word.casefold(), False):
            raise ArgumentError(f"{word!r} means both true and false", argument="false")

    def read(value: str | bool | int) -> bool:
        if isinstance(value, bool):
            return value
        found = words.get(str(value).casefold())
        if found is None:
            raise DataError("M310", "not one of the words for true and false", value)
        return found

    return read


@resolver(
    "not",
    vector=_value_vectors.inverted,
    inline="(not {v})",
    group="type",
    examples=[Example(True, False), Example(None, None), Example("x", error="M313")],
)
def not_(value: bool) -> bool:
    """Turn true into false and false into true."""
    return not value


@resolver(
    "to_json",
    null="aware",
    group="type",
    examples=[
        Example({"b": [1, Decimal("19.00"), True], "a": "é"}, '{"b":[1,19.00,true],"a":"é"}'),
        Example(None, "null"),
        Example(MISSING, MISSING),
        Example([float("inf")], error="M310"),
    ],
)
def to_json(value: Any) -> str | Missing:
    """Write a value as compact JSON text: exact digits, keys in their order; null gives `null`, missing stays missing.

    Dates and times are ISO 8601 texts, bytes base64 texts. NaN and infinities are M310.
    """
    return MISSING if value is MISSING else json_text(value)


_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def _check_depth(text: str, limit: int) -> None:
    if text.count("[") + text.count("{") <= limit:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > limit:
            raise DataError("M310", f"JSON nested more than {limit} levels deep, at character {token.start() + 1}")


def _fraction(text: str) -> float | Decimal:
    """A float when it is the same number, as readers of JSON documents do it, else a decimal with all digits."""
    found = float(text)
    exponent = int(re.split("[eE]", text)[1]) if "e" in text or "E" in text else 0
    if len(text) > MAX_DIGITS or abs(exponent) > MAX_DIGITS:
        raise DataError("M310", f"a JSON number of more than {MAX_DIGITS} digits")
    exact = Decimal(text)
    return found if math.isfinite(found) and exact == Decimal(repr(found)) else exact


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise DataError("M310", "a JSON number with too many digits") from error


def _refuse_constant(name: str) -> Any:
    raise DataError("M310", f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataError("M310", "a JSON object with the same key twice")
    return found


@resolver(
    "parse_json",
    factory=True,
    group="type",
    examples=[
        Example('{"a": [1, 2.50, null]}', {"a": [1, 2.5, None]}),
        Example("0.12345678901234567890", Decimal("0.12345678901234567890")),
        Example("123456789012345678901234567890", 123456789012345678901234567890),
        Example('{"a": 1, "a": 2}', error="M310"),
        Example("{'a': 1}", error="M310"),
        Example("[NaN]", error="M310"),
        Example("[[1]]", error="M310", args={"depth": 1}),
        Example("", error="M310"),
    ],
)
def parse_json(*, depth: int = 64) -> Callable[[str], Any]:
    """Read JSON text (RFC 8259), exactly: integers of any size, and decimals where a float would be another number.

    Raises M310, with the position where there is one, for anything else: duplicate keys, NaN, half surrogate pairs,
    text behind the value.

    `depth`: the deepest nesting of lists and objects allowed, at most 200.
    """
    if not 1 <= depth <= 200:
        raise ArgumentError("a depth from 1 to 200 is needed", argument="depth")
    decoder = json.JSONDecoder(
        object_pairs_hook=_object, parse_float=_fraction, parse_int=_integer, parse_constant=_refuse_constant
    )

    def parse(value: str) -> Any:
        _check_depth(value, depth)
        try:
            found = decoder.decode(value)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise DataError("M310", f"not JSON: {error.msg} at {place}", value) from error
        if _HALF_PAIR.search(value):
            try:
                json_text(found).encode()
            except UnicodeEncodeError as error:
                raise DataError("M310", "JSON with half a surrogate pair") from error
        return found

    return parse


RESOLVERS = (string, boolean, not_, to_json, parse_json)
