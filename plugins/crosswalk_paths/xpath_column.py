"""Names of columns for XPath: of the paths that look at nothing but the node they start from.

A reader of columns evaluates them for all records of a document at once, where a record is not the only one in it.
"""

from __future__ import annotations

import re

from crosswalk import CompiledPath, PathForm

from .xpath_evaluator import AttributePath, ElementPath
from .xpath_tokens import Token, tokens

_INSIDE = frozenset({"child", "descendant", "descendant-or-self", "self", "attribute"})
_OUTSIDE = frozenset({"id", "lang"})
_PLACES = frozenset({"position", "last"})
_OPERANDS = frozenset({")", "]", "."})
# What ancestors say in attributes is the same for every record.
_OF_ANCESTOR = re.compile(r"\s*(?:\.\./)+@(?:[^\W\d][\w.\-]*:)?[^\W\d][\w.\-]*\s*")


def column_name(path: CompiledPath | None, form: PathForm) -> str | None:
    """See PathLanguage.column: the text, with `[]` behind it for all values, `?/` for the node, `/` for all nodes.

    Numbers and booleans have no column: XPath tells 1.0 from 1 by the value only.
    """
    if path is None:
        return {"nodes": "./", "node": ".?/"}.get(form, ".")
    text = path.text if isinstance(path, ElementPath | AttributePath) else "."
    if isinstance(path, ElementPath):
        parts = tokens(text)[0]
        if path.variables or not (_looks_inside(parts) or _OF_ANCESTOR.fullmatch(text)):
            return None
        if path.answer is not list:
            return text if path.answer is str and form in ("value", "values") else None
        if form in ("node", "nodes") and not _finds_elements(parts):
            return None
    elif form in ("node", "nodes") and isinstance(path, AttributePath):
        return None
    return text + {"value": "", "values": "[]", "node": "?/", "nodes": "/"}[form]


def _looks_inside(parts: list[Token]) -> bool:
    """Whether the path never leaves the node it starts from, nor asks for that node's place."""
    depth = 0
    for before, part in zip([None, *parts], parts, strict=False):
        if part.text in ("[", "]"):
            depth += 1 if part.text == "[" else -1
        if part.kind == "axis" and part.text not in _INSIDE:
            return False
        if part.kind == "function" and (part.text in _OUTSIDE or (part.text in _PLACES and not depth)):
            return False
        if (part.kind == "node_type" and part.text != "text") or part.text == "..":
            return False
        if part.text in ("/", "//"):
            follows = before is not None and (before.kind == "name" or before.text in _OPERANDS)
            if part.kind == "other" and not follows:
                return False
    return True


def _finds_elements(parts: list[Token]) -> bool:
    """Whether it is plain that every match is an element."""
    depth, last = 0, None
    for part in parts:
        if part.text in ("[", "]") and part.kind == "other":
            depth += 1 if part.text == "[" else -1
        elif not depth:
            if part.text in ("(", "|"):
                return False
            last = part
    return last is not None and last.kind == "name" and not last.attribute
