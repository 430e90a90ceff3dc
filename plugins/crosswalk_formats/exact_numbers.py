"""JSON parsing at orjson's speed that never changes a number: parse every JSON text of this package with `loads`."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

# orjson makes floats of integers beyond 64 bits and of decimals with more digits than a double holds. Up to 15 digits
# a double gives back the same decimal, so only longer numbers and exponents of three digits need a second look.
_CLASSES = bytes.maketrans(b"0123456789.eE+-", b"00000000000ee--")
_OTHERS = bytes(byte if chr(byte) in "0123456789.eE+-" else 32 for byte in range(256))
_TABLE = _OTHERS.translate(_CLASSES)
_LONG = b"0" * 16
_EXPONENT = re.compile(rb"[0-9][eE][+-]?[0-9]{3}")
_RUN_END = re.compile(rb"[^0]|\Z")
_NUMBER = re.compile(rb"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_NUMBER_BYTES = b"0123456789.eE+-"
_BEFORE = b" \t\r\n:,["
_EXPONENT_LIMIT = 6144
"""As in IEEE decimal128: larger or smaller numbers are refused, since writing them out could fill the memory."""


def risky(text: bytes) -> bool:
    """Whether orjson may change a number in the JSON text without a word; it refuses those that are too large."""
    return bool(inexact(text))


def inexact(text: bytes) -> list[tuple[int, int]]:
    """Spans of the numbers that orjson may change in the JSON text without a word (a few inside strings too)."""
    classes = text.translate(_TABLE)
    return _inexact(text, classes) if _marked(classes) else []


def loads(text: bytes) -> Any:
    """The JSON value with exact numbers: int of any size, float where it is the same number, else Decimal.

    The last of equal keys wins. Raises ValueError for what is not JSON (NaN and Infinity included), is nested too
    deeply, or has a number beyond 10^±6144 or an integer beyond Python's digit limit.
    """
    tokens = inexact(text)
    if not tokens:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            if "infinity" not in str(error):
                raise
            tokens = _inexact(text, text.translate(_TABLE))
    return _loads_exact(text, tokens)


def _marked(classes: bytes) -> bool:
    """Whether there is a long number, or a negative exponent of three digits; the short needle is the fast one."""
    return _LONG in classes or (b"-000" in classes and b"0e-000" in classes)


def _inexact(text: bytes, classes: bytes) -> list[tuple[int, int]]:
    """Spans of numbers that orjson would change or refuse (a few inside strings are possible)."""
    spans: list[tuple[int, int]] = []
    seen = 0
    for place in _candidates(text, classes):
        start, seen_before, seen = place, seen, place
        while start > seen_before and text[start - 1] in _NUMBER_BYTES:
            start -= 1
        # Going back as far as the last candidate means that this one belongs to the same number.
        if start and text[start - 1] not in _BEFORE:
            continue
        number = _NUMBER.match(text, start)
        if number and (not spans or number.end() > spans[-1][1]) and not _survives(number[0]):
            spans.append(number.span())
    return spans


def _candidates(text: bytes, classes: bytes) -> list[int]:
    """Places inside numbers that are long or have a long exponent, in order."""
    found = []
    place = classes.find(_LONG)
    while place >= 0:
        found.append(place)
        end = _RUN_END.search(classes, place + len(_LONG))
        place = classes.find(_LONG, end.start()) if end else -1
    if b"0e000" in classes or b"0e-000" in classes:
        found += [match.start() for match in _EXPONENT.finditer(text)]
        found.sort()
    return found


def _survives(number: bytes) -> bool:
    if number.lstrip(b"-").isdigit():
        return len(number) < 21 and -(2**63) <= int(number) < 2**64
    return exact_float(number) is not None


def exact_float(number: bytes) -> float | None:
    """The float that is the same number as a JSON number with a point or an exponent; None where there is none."""
    value = float(number)
    return value if math.isfinite(value) and _same(value, number.decode()) else None


def _same(value: float, text: str) -> bool:
    shortest = repr(value)
    try:
        return shortest == text or Decimal(shortest) == Decimal(text)
    except InvalidOperation:
        return False


def _loads_exact(text: bytes, tokens: list[tuple[int, int]]) -> Any:
    # orjson checks the grammar, with the numbers it would refuse blanked out; the standard library then reads them.
    plain = bytearray(text)
    for start, end in tokens:
        plain[start:end] = b"0" + b" " * (end - start - 1)
    try:
        orjson.loads(bytes(plain))
    except orjson.JSONDecodeError:
        # A span inside a string may have hidden the grammar; without spans the message is the true one.
        orjson.loads(text)
    try:
        return json.loads(text.decode("utf-8"), parse_float=_number, parse_int=int)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _number(text: str) -> float | Decimal:
    value = float(text)
    if math.isfinite(value) and _same(value, text):
        return value
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number out of range") from None
    if exact and abs(exact.adjusted()) > _EXPONENT_LIMIT:
        raise ValueError("a number out of range")
    return exact


def is_only_unusual(text: bytes) -> bool:
    """Whether a text that `loads` refused has the structure of JSON, so that one can tell where it ends.

    True for NaN and Infinity, lone surrogates, undecodable bytes, numbers out of range and too deep nesting.
    """
    try:
        json.loads(text.decode("utf-8", "replace"))
    except json.JSONDecodeError:
        return False
    except (RecursionError, ValueError):
        return True
    return True


def reason(error: ValueError) -> str:
    """One phrase for what `loads` raised, without the document's content."""
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON: {error.msg} at character {error.pos + 1}"
    return "an integer with too many digits" if "digits" in str(error) else str(error)
