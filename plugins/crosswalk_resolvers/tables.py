"""Tables written in the mapping itself: look here for `range_map` (number to bucket) and `one_of` (allowed values)."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crosswalk import ArgumentError, DataError, Example, Number, Resolver, resolver

from . import _number_vectors, _value_vectors
from ._equal import key_of
from ._exact import as_decimal

_SIZES = [{"lt": 1, "value": "S"}, {"lte": 2.5, "value": "M"}, {"value": "L"}]


@dataclass(frozen=True)
class Range:
    """One bucket: `value` for numbers below `lt`, or up to `lte`; without either for all the rest.

    `value`: what to give.
    `lt`: the bound, not included.
    `lte`: the bound, included.
    """

    value: Any
    lt: int | float | Decimal | None = None
    lte: int | float | Decimal | None = None


@resolver(
    "range_map",
    vector=_number_vectors.range_map,
    group="table",
    factory=True,
    examples=[
        Example(0.99, "S", args=_SIZES),
        Example(1, "M", args=_SIZES),
        Example(Decimal("2.50"), "M", args={"ranges": _SIZES}),
        Example(100, "L", args=_SIZES),
        Example(2, args=[{"lt": 2, "value": "S"}], error="M330"),
        Example("2", args=_SIZES, error="M313"),
        Example(1, args=[{"lt": 2, "value": "S"}, {"lt": 2, "value": "M"}], error="M106"),
    ],
)
def range_map(*, ranges: list[Range]) -> Callable[[Number], Any]:
    """Give the value of the first range that the number lies in; M330 if it lies in none.

    `ranges` is a list of `{"lt": bound, "value": ...}` or `{"lte": bound, "value": ...}` with rising bounds; the last
    may have no bound and takes the rest. Numbers compare exactly across their types, a float by its shortest digits.
    """
    bounds: list[Decimal] = []
    for at, part in enumerate(ranges):
        if part.lt is not None and part.lte is not None:
            raise ArgumentError(f"range {at + 1} has both lt and lte", argument="ranges")
        bound = part.lt if part.lt is not None else part.lte
        if bound is None:
            if at + 1 < len(ranges):
                raise ArgumentError(f"range {at + 1} has no bound, only the last may", argument="ranges")
        elif bounds and bounds[-1] >= as_decimal(bound):
            raise ArgumentError(f"the bounds do not rise at range {at + 1}", argument="ranges")
        else:
            bounds.append(as_decimal(bound))
    if not ranges:
        raise ArgumentError("there are no ranges", argument="ranges")
    results = [part.value for part in ranges]
    included = [part.lte is not None for part in ranges]

    def find(value: Number) -> Any:
        number = as_decimal(value)
        at = bisect_left(bounds, number)
        if at < len(bounds) and bounds[at] == number and not included[at]:
            at += 1
        if at == len(results):
            raise DataError("M330", "beyond the last range", value)
        return results[at]

    return find


@resolver(
    "one_of",
    vector=_value_vectors.one_of,
    group="table",
    factory=True,
    examples=[
        Example("AU", "AU", args=["AU", "NZ"]),
        Example(1, 1, args={"values": [1, 2]}),
        Example("au", args=["AU", "NZ"], error="M343"),
        Example(1, args=[True], error="M343"),
        Example("1", args=[1], error="M343"),
    ],
)
def one_of(*, values: list[Any]) -> Callable[[Any], Any]:
    """Refuse with M343 a value that is not in the list; the value itself stays.

    Upper and lower case differ; 1 equals 1.0 but not true and not "1".
    """
    if not values:
        raise ArgumentError("the list of allowed values is empty", argument="values")
    allowed = frozenset(map(key_of, values))
    shown = ", ".join(json.dumps(value, ensure_ascii=False, default=str) for value in values[:8])
    message = f"not one of {shown}{', ...' if len(values) > 8 else ''}"

    def check(value: Any) -> Any:
        if (value if type(value) is str else key_of(value)) not in allowed:
            raise DataError("M343", message, value)
        return value

    return check


RESOLVERS: tuple[Resolver, ...] = (range_map, one_of)
