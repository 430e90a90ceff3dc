"""What a JMESPath expression looks at of its context: how much of which members, for readers of columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from crosswalk import Needs

from .jmespath_parser import Node

_COUNTED = frozenset({"length", "type"})
"""Functions that look at no item of a list."""
_PASSING = frozenset({"not_null", "reverse", "sort_by"})
"""Functions that give what they are given."""
_OF_OBJECTS = frozenset({"keys", "merge", "values"})
"""Functions that look at all members of objects."""


@dataclass
class _Part:
    """A part of the context, by the names that lead there, and what is looked at of it."""

    whole: bool = False
    size: bool = False
    sizes: bool = False
    objects: bool = False
    members: dict[str, _Part] = field(default_factory=dict)


_Found = list[tuple[_Part, int]]
"""What a value may be: the value of a part (0), an item of its list (1, of lists in it 2, ...), or a list of such
values (-1, ...); nothing where it is computed."""


def needs_of(tree: Node, *, test: bool = False) -> Needs:
    """What is looked at where the value is wanted; `test`: where no more than its truth is."""
    root = _Part()
    found = _of(tree, [(root, 0)])
    if test:
        _sized(found)
    else:
        _all(found)
    return _needs(root)


def _needs(part: _Part) -> Needs:
    objects = part.objects or bool(part.members)
    if part.whole:
        return Needs(whole=True, objects=objects)
    members = {name: _needs(inner) for name, inner in part.members.items()}
    return Needs(False, part.size, part.sizes, members, objects)


def _all(found: _Found, *, objects: bool = False) -> _Found:
    """Note that values are looked at as a whole; `objects`: all of their members are."""
    for part, _ in found:
        part.whole = True
        part.objects = part.objects or objects
    return []


def _sized(found: _Found) -> _Found:
    """Note that of values no more is asked than their type and how many items they have."""
    for part, depth in found:
        part.size = part.size or depth == 0
        part.sizes = part.sizes or depth > 0
    return []


def _of(node: Node, found: _Found) -> _Found:
    """The value of a node where the context is one of `found`."""
    kind, children = node["type"], node["children"]
    if kind in ("identity", "current"):
        return found
    if kind == "literal":
        return []
    if kind == "field":
        return [(part.members.setdefault(node["value"], _Part()), 0) for part, _ in found]
    if kind == "index":
        return [(part, depth + 1) for part, depth in found]
    if kind == "slice":
        return found
    if kind in ("subexpression", "index_expression", "pipe"):
        for child in children:
            found = _of(child, found)
        return found
    if kind in ("projection", "filter_projection"):
        items = [(part, depth + 1) for part, depth in _of(children[0], found)]
        if kind == "filter_projection":
            _sized(_of(children[2], items))
        return [(part, depth - 1) for part, depth in _of(children[1], items)]
    if kind == "flatten":
        return [(part, depth + more) for part, depth in _of(children[0], found) for more in (0, 1)]
    if kind in ("or_expression", "and_expression"):
        left, right = (_of(child, found) for child in children)
        _sized(left)
        return left + right
    if kind == "not_expression":
        return _sized(_of(children[0], found))
    if kind == "function_expression":
        return _call(node["value"], children, found)
    if kind == "value_projection":
        return _all(_of(children[0], found), objects=True)
    # Comparisons, and lists and objects that are made: of what is in them, all is looked at.
    for child in children:
        _all(_of(child["children"][0] if child["type"] == "key_val_pair" else child, found))
    return []


def _call(name: str, arguments: list[Node], found: _Found) -> _Found:
    values = [_of(argument, found) for argument in arguments if argument["type"] != "expref"]
    given = [pair for value in values for pair in value]
    items = [(part, depth + 1) for part, depth in given]
    for argument in arguments:
        if argument["type"] == "expref":
            made = _of(argument["children"][0], items)
            if name == "map":
                return [(part, depth - 1) for part, depth in made]
            _all(made)
    if name in _COUNTED:
        return _sized(given)
    if name in ("max_by", "min_by"):
        return items
    if name == "to_array":
        return [*given, *((part, depth - 1) for part, depth in given)]
    return given if name in _PASSING else _all(given, objects=name in _OF_OBJECTS)
