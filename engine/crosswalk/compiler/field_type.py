"""FieldType: what is known of a value before there is one; types of constants and of annotations."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from ..lean import lean_dataclass
from ..values import Missing

Kind = Literal[
    "any", "null", "string", "integer", "decimal", "float", "number", "boolean", "date", "datetime", "time", "duration",
    "bytes", "object", "list",
]  # fmt: skip
"""The words of a field's `type`; besides `null` (never a value), `bytes` and `duration`. `number` mixes the three
number types."""

_KINDS: dict[type, Kind] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    dt.datetime: "datetime",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "duration",
    bytes: "bytes",
    list: "list",
    tuple: "list",
    Sequence: "list",
    dict: "object",
    Mapping: "object",
    type(None): "null",
    Missing: "null",
}
NUMBERS = frozenset({"integer", "decimal", "float", "number"})


@lean_dataclass(frozen=True)
class FieldType:
    """The type of a value.

    `nullable`: it may be null or missing. `scale`: the fraction digits of a decimal, None when they vary. `zoned`:
    whether a datetime has an offset, None when only the value tells. `item`: of a list. `members`: of an object, by
    name in order; `open` says that it may have further ones.
    """

    kind: Kind = "any"
    nullable: bool = True
    scale: int | None = None
    item: FieldType | None = None
    members: tuple[tuple[str, FieldType], ...] = ()
    open: bool = False
    zoned: bool | None = None

    def __str__(self) -> str:
        """For people: `decimal(2)?`, `list(string)`, `object(id: integer, ...)`; the `?` means nullable."""
        inner = ""
        if self.scale is not None:
            inner = f"({self.scale})"
        elif self.kind == "list":
            inner = f"({self.item or ANY})"
        elif self.kind == "object":
            names = [f"{name}: {of}" for name, of in self.members] + ["..."] * self.open
            inner = f"({', '.join(names)})"
        return f"{self.kind}{inner}{'?' * self.nullable}"

    def leaves(self, path: str = "") -> dict[str, FieldType]:
        """The types that no objects are, by their path: `lines[].sku`."""
        if self.kind == "list" and self.item is not None and self.item.kind in ("object", "list"):
            return self.item.leaves(f"{path}[]")
        if self.kind != "object" or not self.members:
            return {path: self}
        found: dict[str, FieldType] = {}
        for name, member in self.members:
            found |= member.leaves(f"{path}.{name}" if path else name)
        return found

    def null(self, nullable: bool = True) -> FieldType:
        """The same type, nullable or not."""
        return replace(self, nullable=nullable)

    def at(self, segments: Sequence[str | int]) -> FieldType:
        """The type at a path of names and indexes below this one."""
        found = self
        for segment in segments:
            if found.kind == "object" and isinstance(segment, str):
                inner = dict(found.members).get(segment)
                if inner is None:
                    return ANY if found.open else NULL
            elif found.kind == "list" and isinstance(segment, int):
                inner = found.item or ANY
            else:
                return ANY
            found = inner.null(True)
        return found


ANY = FieldType()
NULL = FieldType("null")
OBJECT = FieldType("object", open=True)


def join(first: FieldType, second: FieldType) -> FieldType:
    """The narrowest type that holds the values of both; numbers of several types are `number`, all else `any`."""
    nullable = first.nullable or second.nullable
    if "null" in (first.kind, second.kind):
        return (second if first.kind == "null" else first).null()
    if first.kind == second.kind:
        if first.kind == "list":
            return FieldType("list", nullable, item=join_all(t.item for t in (first, second) if t.item is not None))
        if first.kind == "object":
            return _join_objects(first, second).null(nullable)
        scale = first.scale if first.scale == second.scale else None
        return FieldType(first.kind, nullable, scale=scale, zoned=first.zoned if first.zoned is second.zoned else None)
    if first.kind in NUMBERS and second.kind in NUMBERS:
        return FieldType("number", nullable)
    return ANY.null(nullable)


def join_all(types: Iterable[FieldType]) -> FieldType:
    """The narrowest type that holds the values of all; NULL of none."""
    found = list(types)
    return reduce(join, found) if found else NULL


def _join_objects(first: FieldType, second: FieldType) -> FieldType:
    left, right = dict(first.members), dict(second.members)
    members = []
    for name in {**left, **right}:
        # An object without the member lacks it; one that is open may have it, of any type.
        found = [side.get(name, ANY if of.open else NULL) for side, of in ((left, first), (right, second))]
        members.append((name, join(*found)))
    return FieldType("object", members=tuple(members), open=first.open or second.open)


def arithmetic(op: str, first: FieldType, second: FieldType) -> FieldType:
    """The type of `first op second` in `calc` and the arithmetic resolvers."""
    kinds = {first.kind, second.kind}
    nullable = first.nullable or second.nullable
    if not kinds <= {"integer", "decimal", "float"}:
        return FieldType("number", nullable)
    if "decimal" in kinds:
        scales = [0 if side.kind == "integer" else side.scale for side in (first, second)]
        known = [scale for scale in scales if scale is not None]
        scale = (sum(known) if op == "*" else max(known)) if len(known) == 2 and op in "+-*%" else None
        return FieldType("decimal", nullable, scale=scale)
    if kinds == {"integer"}:
        return FieldType("number" if op == "/" else "integer", nullable)
    return FieldType("float", nullable)


def type_of_value(value: Any) -> FieldType:
    """The type of a constant."""
    kind = _KINDS.get(type(value))
    if kind is None or kind == "null":
        return NULL if kind else ANY.null(False)
    if kind == "decimal":
        exponent = value.as_tuple().exponent
        return FieldType(kind, False, scale=max(0, -exponent) if isinstance(exponent, int) else None)
    if kind == "datetime":
        return FieldType(kind, False, zoned=value.utcoffset() is not None)
    if kind == "list":
        return FieldType(kind, False, item=join_all(map(type_of_value, value)))
    if kind == "object":
        return FieldType(kind, False, members=tuple((name, type_of_value(part)) for name, part in value.items()))
    return FieldType(kind, False)


def type_of_annotation(annotation: Any) -> FieldType:
    """The type of what a function of this return annotation gives."""
    if isinstance(annotation, TypeVar):
        return join_all(map(type_of_annotation, annotation.__constraints__)) if annotation.__constraints__ else ANY
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return join_all(map(type_of_annotation, arguments))
    if origin is Literal:
        return join_all(map(type_of_value, arguments))
    if origin is typing.Annotated:
        return type_of_annotation(arguments[0])
    kind = _KINDS.get(origin or annotation)
    if kind is None or kind == "null" or annotation is None:
        return NULL if kind or annotation is None else ANY
    if kind == "list":
        item = type_of_annotation(arguments[0]) if arguments else ANY
        # The functions of resolvers do not promise that no item is null.
        return FieldType(kind, False, item=item.null())
    return FieldType(kind, False, open=kind == "object")
