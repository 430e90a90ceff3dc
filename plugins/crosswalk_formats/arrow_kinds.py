"""What a column of Python values holds, and the Arrow type that carries it exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from typing import Any

from crosswalk import MISSING, Missing

from .column_order import ColumnOrder

EXACT_FLOAT = 2**53
"""Whole numbers up to this have an exact double."""


class Misfit(Exception):
    """A value that a column cannot take; `member` says where inside the column (`.city`, `[]`)."""

    def __init__(self, message: str, *, code: str = "M313", member: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.member = member


@dataclass(frozen=True, slots=True)
class Kind:
    """The values of a column taken together.

    `name`: null, boolean, integer, decimal, float, string, date, time, datetime (no offset), instant (with one),
    duration, bytes, list, object. Integers lie in `low`..`high`. Decimals have at most `digits` before and `scale`
    after the point, of which `needed` are not trailing zeros. `item` is for lists, `members` for objects.
    """

    name: str
    low: int = 0
    high: int = 0
    digits: int = 0
    scale: int = 0
    needed: int = 0
    item: Kind | None = None
    members: tuple[tuple[str, Kind], ...] = ()


NULL = Kind("null")


def kind_of(values: Sequence[Any]) -> Kind:
    """The kind of some values; raises Misfit when one column cannot hold them."""
    groups: dict[type, list[Any]] = {}
    for each in set(map(type, values)):
        if each is not Missing and each is not type(None):
            groups[each] = [value for value in values if type(value) is each]
    return reduce(merge, (_maker(each)(group) for each, group in groups.items()), NULL)


def merge(left: Kind, right: Kind) -> Kind:
    """The kind of both together; raises Misfit when there is none without loss."""
    if left.name == "null" or right.name == "null":
        return right if left.name == "null" else left
    names = {left.name, right.name}
    if names == {"integer"}:
        return replace(left, low=min(left.low, right.low), high=max(left.high, right.high))
    if names <= {"integer", "decimal"}:
        one, other = _as_decimal(left), _as_decimal(right)
        return Kind(
            "decimal",
            digits=max(one.digits, other.digits),
            scale=max(one.scale, other.scale),
            needed=max(one.needed, other.needed),
        )
    if names == {"integer", "float"}:
        whole = left if left.name == "integer" else right
        if max(-whole.low, whole.high) <= EXACT_FLOAT:
            return Kind("float")
    if names == {"list"} and left.item and right.item:
        try:
            return replace(left, item=merge(left.item, right.item))
        except Misfit as misfit:
            raise Misfit(misfit.message, code=misfit.code, member="[]" + misfit.member) from None
    if names == {"object"}:
        return _merged_objects(dict(left.members), dict(right.members))
    if left == right:
        return left
    raise Misfit(f"{_shown(right)} where other records have {_shown(left)}")


def _merged_objects(left: dict[str, Kind], right: dict[str, Kind]) -> Kind:
    members = {}
    for name in ColumnOrder().with_rows([left, right]).names:
        try:
            members[name] = merge(left.get(name, NULL), right.get(name, NULL))
        except Misfit as misfit:
            raise Misfit(misfit.message, code=misfit.code, member=f".{name}{misfit.member}") from None
    return Kind("object", members=tuple(members.items()))


def _shown(kind: Kind) -> str:
    return {"datetime": "datetime without offset", "instant": "datetime with offset"}.get(kind.name, kind.name)


def _as_decimal(kind: Kind) -> Kind:
    return Kind("decimal", digits=len(str(max(-kind.low, kind.high)))) if kind.name == "integer" else kind


def _decimals(values: list[Any]) -> Kind:
    digits = scale = needed = 0
    for value in values:
        _, figures, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise Misfit("not a finite number", code="M310")
        digits = max(digits, len(figures) + exponent)
        scale = max(scale, -exponent)
        if -exponent > needed:
            text = "".join(map(str, figures)).rstrip("0")
            needed = max(needed, -exponent - (len(figures) - len(text)) if text else 0)
    return Kind("decimal", digits=digits, scale=scale, needed=needed)


def _strings(values: list[Any]) -> Kind:
    for value in values:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Misfit("half a surrogate pair is not text", code="M316") from None
    return Kind("string")


def _datetimes(values: list[Any]) -> Kind:
    kinds = [Kind("datetime" if value.utcoffset() is None else "instant") for value in values]
    return reduce(merge, kinds)


def _times(values: list[Any]) -> Kind:
    if any(value.tzinfo is not None for value in values):
        raise Misfit("a time with an offset has no column type")
    return Kind("time")


def _lists(values: list[Any]) -> Kind:
    try:
        return Kind("list", item=kind_of([item for value in values for item in value]))
    except Misfit as misfit:
        raise Misfit(misfit.message, code=misfit.code, member="[]" + misfit.member) from None


def _objects(values: list[Any]) -> Kind:
    members = {}
    for name in ColumnOrder().with_rows(values).names:
        if not isinstance(name, str):
            raise Misfit("an object's keys must be strings")
        try:
            members[name] = kind_of([value.get(name, MISSING) for value in values])
        except Misfit as misfit:
            raise Misfit(misfit.message, code=misfit.code, member=f".{name}{misfit.member}") from None
    return Kind("object", members=tuple(members.items()))


_MAKERS: dict[type, Callable[[list[Any]], Kind]] = {
    bool: lambda values: Kind("boolean"),
    int: lambda values: Kind("integer", low=min(values), high=max(values)),
    float: lambda values: Kind("float"),
    Decimal: _decimals,
    str: _strings,
    bytes: lambda values: Kind("bytes"),
    dt.datetime: _datetimes,
    dt.date: lambda values: Kind("date"),
    dt.time: _times,
    dt.timedelta: lambda values: Kind("duration"),
    list: _lists,
    dict: _objects,
}


def _maker(kind: type) -> Callable[[list[Any]], Kind]:
    found = next((maker for base, maker in _MAKERS.items() if issubclass(kind, base)), None)
    if found is None:
        raise Misfit(f"a column cannot hold a value of type {kind.__name__}")
    return found


def arrow_type(kind: Kind) -> Any:
    """The Arrow type for a kind; null becomes string. Raises Misfit M311 for more than 76 digits."""
    import pyarrow as pa

    if kind.name == "integer":
        if kind.low >= -(2**63) and kind.high < 2**63:
            return pa.int64()
        if kind.low >= 0 and kind.high < 2**64:
            return pa.uint64()
        kind = _as_decimal(kind)
    if kind.name == "decimal":
        if kind.digits + kind.scale <= 38:
            return pa.decimal128(38, kind.scale)
        if kind.digits + kind.scale <= 76:
            return pa.decimal256(76, kind.scale)
        raise Misfit(f"{kind.digits + kind.scale} digits are more than a column can hold (76)", code="M311")
    if kind.name == "list":
        return pa.list_(arrow_type(kind.item or NULL))
    if kind.name == "object":
        return pa.struct([(name, arrow_type(member)) for name, member in kind.members])
    simple = {
        "null": pa.string(),
        "boolean": pa.bool_(),
        "float": pa.float64(),
        "string": pa.string(),
        "bytes": pa.binary(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "datetime": pa.timestamp("us"),
        "instant": pa.timestamp("us", "UTC"),
        "duration": pa.duration("us"),
    }
    return simple[kind.name]
