"""Compiled XPath called per record: node-sets to values, the three states, scope variables to XPath and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from crosswalk import MISSING, CompiledPath, DataError, text_of, type_name

if TYPE_CHECKING:
    from lxml import etree

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
# XPath numbers are doubles: whole numbers beyond this are not exact.
_EXACT_INTEGERS = 2**53


def is_element(value: Any) -> bool:
    """Whether the value is an lxml node (element, comment, processing instruction)."""
    return hasattr(value, "itertext")


def scalar(node: Any) -> Any:
    """A node as a value: the text inside an element (None when it says `xsi:nil`), other values as they are.

    The text is that of XPath's `string()`: all descendants', joined, untrimmed, without comments.
    """
    if not is_element(node):
        return node[1] if isinstance(node, tuple) else node  # a tuple is a node of the namespace axis
    if isinstance(node.tag, str):
        if node.get(_NIL) in ("true", "1"):
            return None
        if len(node):
            return _string()(node)
    return node.text or ""


@cache
def _string() -> Any:
    from lxml import etree

    return etree.XPath("string()", smart_strings=False)


class _XmlPath(CompiledPath):
    """What all XPath paths share: from `_find` (a list of nodes, or one string, number or boolean) to answers."""

    def _find(self, context: Any, variables: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The text of the one node, a computed string, number or boolean, None for `xsi:nil`, MISSING for no node."""
        return scalar(self.node(context, variables))

    def values(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The texts of all nodes (None for `xsi:nil`) as a list, MISSING for none; what is computed as it is."""
        found = self._find(context, variables)
        if not isinstance(found, list):
            return _computed(found)
        return [scalar(node) for node in found] or MISSING

    def node(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The one node; MISSING for none, DataError M312 for several."""
        found = self._find(context, variables)
        if not isinstance(found, list):
            return _computed(found)
        if len(found) > 1:
            raise DataError("M312", f"{len(found)} nodes for one value; add a step first, last, only or join")
        return found[0] if found else MISSING

    def nodes(self, context: Any, variables: Mapping[str, Any]) -> list[Any]:
        """The nodes in document order; a computed string, number or boolean as a list of one."""
        found = self._find(context, variables)
        if isinstance(found, list):
            return found
        value = _computed(found)
        return [] if value is MISSING else [value]


class ElementPath(_XmlPath):
    """Any XPath, through libxml2. `answer`: the type of what it gives, `list` for nodes."""

    def __init__(self, text: str, compiled: etree.XPath, names: Mapping[str, str], answer: type) -> None:
        self.text = text
        self.answer = answer
        self._compiled = compiled
        self._names = dict(names)
        self.variables = frozenset(names)
        self.definite = answer is list

    def _find(self, context: Any, variables: Mapping[str, Any]) -> Any:
        if not is_element(context):
            return _no_element(context)
        try:
            if not self._names:
                return self._compiled(context)
            bound = {inner: _argument(variables.get(name, MISSING)) for name, inner in self._names.items()}
            return self._compiled(context, **bound)
        except Exception as error:
            if type(error).__module__ != "lxml.etree":
                raise
            raise DataError("M313", f"XPath cannot be evaluated: {error}") from error


class AttributePath(_XmlPath):
    """`@name`: read directly, six times as fast as through libxml2."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self._name = name

    def _find(self, context: Any, variables: Mapping[str, Any]) -> Any:
        found = self.value(context, variables)
        return [] if found is MISSING else [found]

    def value(self, context: Any, variables: Mapping[str, Any]) -> Any:
        """The attribute's text, MISSING without it."""
        if not is_element(context):
            _no_element(context)
            return MISSING
        return context.get(self._name, MISSING)


class SelfPath(_XmlPath):
    """`.`: the context itself, element or text."""

    def _find(self, context: Any, variables: Mapping[str, Any]) -> Any:
        return [] if context is MISSING or context is None else [context]


def _no_element(context: Any) -> list[Any]:
    if context is None or context is MISSING:
        return []
    raise DataError("M313", f"{type_name(context)} is not an XML element")


def _computed(found: Any) -> Any:
    if not isinstance(found, float):
        return found
    if found != found:
        return MISSING
    if not found.is_integer():
        return found
    if abs(found) > _EXACT_INTEGERS:
        raise DataError("M311", "XPath numbers are exact only up to 2^53; read the text and convert it with a step")
    return int(found)


def _argument(value: Any) -> Any:
    """A scope variable for libxml2: whole numbers beyond 2^53 go as text, decimals as the nearest double."""
    if value is None or value is MISSING:
        return []
    if isinstance(value, bool | str | float) or is_element(value):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_INTEGERS else str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list) and all(map(is_element, value)):
        return value
    if isinstance(value, dt.date | dt.time | dt.timedelta | bytes):
        return text_of(value)
    raise DataError("M313", f"{type_name(value)} cannot be compared in XPath")
